#include "parity/mutation/model_draft.h"

#include <random>

#include "parity/model_inputs.h"

namespace twingrad {

Tensor ModelDraft::drawn(const std::string& name, Shape shape, double scale, double shift) const {
  std::mt19937_64 generator(stream_of(name));
  Tensor tensor(DataType::kFloat, std::move(shape));
  for (float& value : tensor.values<float>()) {
    const double unit = static_cast<double>(generator() >> 11) * 0x1p-52 - 1;
    value = static_cast<float>(shift + scale * unit);
  }
  return tensor;
}

Expr ModelDraft::input(const std::string& name, Tensor value) {
  const Type type = Type::tensor(value.type(), PartialShape(value.shape()));
  inputs_[name] = std::move(value);
  return {builder_, builder_.input(name, type)};
}

Expr ModelDraft::input(const std::string& name, Shape shape, double scale, double shift) {
  return input(name, drawn(name, std::move(shape), scale, shift));
}

Expr ModelDraft::parameter(const std::string& name, Shape shape, double scale, double shift) {
  return {builder_, builder_.initializer(name, drawn(name, std::move(shape), scale, shift))};
}

Expr ModelDraft::named(const std::string& name, Expr value) {
  graph_.rename(value.id(), name);
  return value;
}

std::vector<Expr> ModelDraft::node(std::string_view op, std::initializer_list<Expr> inputs,
                                   Attributes attributes, size_t output_count) {
  NodeSpec spec{.op = op, .inputs = {}, .attributes = std::move(attributes)};
  for (const Expr& input : inputs) spec.inputs.push_back(input.id());
  spec.output_count = output_count;
  std::vector<Expr> outputs;
  for (const ValueId id : builder_.emit(std::move(spec))) outputs.emplace_back(builder_, id);
  return outputs;
}

ParityCase ModelDraft::finish(std::initializer_list<Expr> outputs) {
  ParityCase item;
  item.conventions = convention_name(Convention::kSpec);
  std::vector<ValueId> ids;
  for (const Expr& output : outputs) {
    const std::string name = ids.empty() ? "y" : "y" + std::to_string(ids.size());
    graph_.rename(output.id(), name);
    ids.push_back(output.id());
    item.question.outputs.push_back(name);
    if (!is_floating_point(output.element())) continue;
    item.question.cotangents[name] = drawn("cotangent of " + name, output.shape().shape(), 1, 0);
  }
  graph_.set_outputs(ids);
  item.question.inputs = std::move(inputs_);
  item.question.gradients = differentiable_names(graph_);
  item.graph = std::move(graph_);
  graph_ = Graph();
  return item;
}

}  // namespace twingrad
