#include <algorithm>

#include "backends/static/evaluate.h"
#include "backends/static/passes/rewrite.h"
#include "backends/static/passes/tables.h"
#include "ir/graph_queries.h"

namespace twingrad {
namespace {

// A view, a constant or a result of a kernel that gives the same each time.
bool can_fold(const Graph& graph, const Node& node, const Backend& backend) {
  if (node.op == nullptr || node.op->op_class == OpClass::kRandom ||
      node.op->op_class == OpClass::kControlFlow) {
    return false;
  }
  return node.op->op_class == OpClass::kView || backend.find(graph, node) != nullptr;
}

// The elements of a result that inference knows although its inputs are not known: shapes.
std::optional<Tensor> known_contents(const Value& value) {
  if (!value.type.is_static() || value.type.element != DataType::kInt64) return std::nullopt;
  const Shape shape = value.type.shape->shape();
  if (!value.contents || !value.contents->known() ||
      value.contents->rank() != shape.element_count()) {
    return std::nullopt;
  }
  return Tensor::of<int64_t>(shape, value.contents->shape().extents());
}

bool is_small_enough(std::span<const Type> types, std::span<const Tensor* const> inputs,
                     const Node& node, size_t limit) {
  size_t before = 0;
  size_t after = 0;
  for (const Tensor* input : inputs) before += input == nullptr ? 0 : input->byte_size();
  for (size_t i = 0; i < types.size(); ++i) {
    if (node.outputs[i] == kNoValue) continue;
    after += static_cast<size_t>(types[i].shape->shape().element_count()) *
             element_size(types[i].element);
  }
  return after <= std::max(before, limit);
}

// The same for a kernel that makes its own outputs: how large they are, only it can tell.
std::vector<Tensor> evaluated(const Rewrite& rewrite, const Node& node, const KernelRow& row,
                              std::span<const Tensor* const> inputs, const PassContext& context) {
  for (const ValueId id : node.outputs) {
    if (id != kNoValue && !rewrite.source.value(id).type.is_tensor()) return {};
  }
  std::vector<Datum> given(inputs.size());
  std::vector<const Datum*> pointers(inputs.size(), nullptr);
  size_t before = 0;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i] == nullptr) continue;
    given[i] = *inputs[i];
    pointers[i] = &given[i];
    before += inputs[i]->byte_size();
  }
  std::vector<Tensor> results;
  size_t after = 0;
  for (Datum& result : row.evaluate({node, pointers, context.pool, 0})) {
    results.push_back(result.empty() ? Tensor() : std::move(result.tensor()));
    after += results.back().byte_size();
  }
  if (after > std::max(before, context.fold_limit)) results.clear();
  return results;
}

// The outputs of a node whose inputs are all fixed; empty if it must stay.
std::vector<Tensor> folded(const Rewrite& rewrite, const Node& node, const PassContext& context) {
  std::vector<const Tensor*> inputs;
  for (const ValueId id : mapped(node.inputs, rewrite.map)) {
    const Tensor* value = id == kNoValue ? nullptr : fixed_value(rewrite.graph, id);
    if (id != kNoValue && value == nullptr) return {};
    inputs.push_back(value);
  }
  const KernelRow* row = context.backend.find(rewrite.source, node);
  if (row != nullptr && row->evaluate != nullptr) {
    return evaluated(rewrite, node, *row, inputs, context);
  }
  const std::vector<Type> types = types_from_values(node, inputs);
  if (!is_small_enough(types, inputs, node, context.fold_limit)) return {};
  return evaluate(node, inputs, {context.backend, context.pool, SIZE_MAX}, 0);
}

}  // namespace

Graph fold_constants(const Graph& graph, const PassContext& context) {
  Rewrite rewrite(graph);
  const std::vector<bool> needed = needed_nodes(graph);
  for (size_t n = 0; n < graph.nodes().size(); ++n) {
    const Node& node = graph.nodes()[n];
    const auto first_new = static_cast<ValueId>(rewrite.graph.values().size());
    std::vector<Tensor> results;
    if (needed[n] && can_fold(graph, node, context.backend)) {
      const Value& value = graph.value(node.outputs[0]);
      const auto contents = node.outputs.size() == 1 ? known_contents(value) : std::nullopt;
      results = contents ? std::vector<Tensor>{*contents} : folded(rewrite, node, context);
    }
    if (results.empty()) {
      rewrite.keep(node);
      continue;
    }
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i] == kNoValue) continue;
      rewrite.replace(node.outputs[i], rewrite.builder.constant(results[i]), first_new);
    }
  }
  return rewrite.finish();
}

}  // namespace twingrad
