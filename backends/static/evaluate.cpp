#include "backends/static/evaluate.h"

#include <algorithm>

#include "backends/static/arena.h"
#include "ir/error.h"
#include "ir/infer.h"

namespace twingrad {
namespace {

DataType key_of(std::span<const Type> outputs, std::span<const Tensor* const> inputs,
                const Node& node) {
  DataType first_output = DataType::kUndefined;
  for (size_t i = 0; i < outputs.size() && first_output == DataType::kUndefined; ++i) {
    if (node.outputs[i] != kNoValue) first_output = outputs[i].element;
  }
  if (is_floating_point(first_output) || inputs.empty() || inputs[0] == nullptr) {
    return first_output;
  }
  return inputs[0]->type();
}

std::vector<Tensor> allocate_outputs(const Node& node, std::span<const Type> types, size_t limit) {
  size_t bytes = 0;
  for (size_t i = 0; i < types.size(); ++i) {
    if (node.outputs[i] == kNoValue) continue;
    const Shape shape = types[i].shape->shape();
    bytes += static_cast<size_t>(shape.element_count()) * element_size(types[i].element);
    check_memory(bytes, limit);
  }
  std::vector<Tensor> outputs;
  for (size_t i = 0; i < types.size(); ++i) {
    outputs.push_back(
        node.outputs[i] == kNoValue ? Tensor() : Tensor(types[i].element, types[i].shape->shape()));
  }
  return outputs;
}

bool is_alias(const OpDef& op) {
  return op.op_class == OpClass::kView || (op.name == "Identity" && op.domain.empty());
}

}  // namespace

std::vector<Type> types_from_values(const Node& node, std::span<const Tensor* const> inputs) {
  std::vector<Type> input_types(inputs.size());
  std::vector<InferContext::Input> known(inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i] == nullptr) continue;
    input_types[i] = Type::tensor(inputs[i]->type(), PartialShape(inputs[i]->shape()));
    known[i] = {&input_types[i], inputs[i], nullptr};
  }
  auto outputs = resolve_types(*node.op, known, node.outputs.size());
  for (size_t i = 0; i < outputs.size(); ++i) outputs[i].wanted = node.outputs[i] != kNoValue;
  InferContext context(*node.op, node.attributes, std::move(known), std::move(outputs));
  if (node.op->infer != nullptr) node.op->infer(context);
  std::vector<Type> types;
  for (size_t i = 0; i < context.outputs().size(); ++i) {
    types.push_back(context.outputs()[i].type);
    check(node.outputs[i] == kNoValue || types.back().is_static(), "output ", i,
          " is not determined by the inputs, its type is ", types.back());
  }
  return types;
}

std::vector<Tensor> evaluate(const Node& node, std::span<const Tensor* const> inputs,
                             const EvaluationSetting& setting, uint64_t seed) {
  const std::vector<Type> types = types_from_values(node, inputs);
  if (is_alias(*node.op)) return {inputs[0]->reshaped(types[0].shape->shape())};
  const KernelRow* row = setting.backend.find(*node.op, key_of(types, inputs, node));
  if (row == nullptr) {
    fail_unsupported("no kernel for ", node.op->full_name(), " of ",
                     data_type_name(key_of(types, inputs, node)));
  }
  std::vector<Tensor> outputs = allocate_outputs(node, types, setting.memory_limit);
  std::vector<Tensor*> pointers;
  pointers.reserve(outputs.size());
  for (Tensor& output : outputs) pointers.push_back(output.defined() ? &output : nullptr);
  KernelContext context{node, inputs, pointers, {}, setting.pool, seed};
  std::shared_ptr<std::byte> workspace;
  if (row->workspace != nullptr) {
    const size_t bytes = row->workspace(context);
    check_memory(bytes, setting.memory_limit);
    if (bytes > 0) workspace = allocate_arena(bytes);
    context.workspace = {workspace.get(), bytes};
  }
  run_kernel(*row, context);
  return outputs;
}

}  // namespace twingrad
