#include "exporters/source/layer_patterns.h"

#include "ir/op.h"

namespace twingrad {
namespace {

// The node that makes the value for one reader only.
const Node* only_producer(const GraphFacts& facts, ValueId id, std::string_view op) {
  const Value& value = facts.graph().value(id);
  if (value.producer == kNoNode || facts.uses(id) != 1) return nullptr;
  const Node& node = facts.graph().node(value.producer);
  return node.op != nullptr && node.op->name == op && node.op->domain.empty() ? &node : nullptr;
}

std::optional<ValueId> transposed(const NodeWriter& node, ValueId id) {
  const GraphFacts& facts = node.lines().facts();
  const Node* transpose = only_producer(facts, id, "Transpose");
  if (transpose == nullptr) return std::nullopt;
  const ValueId weight = transpose->inputs[0];
  const bool fits = node.owns_value(weight) && facts.graph().value(weight).data->rank() == 2 &&
                    transpose->attributes.integers_or("perm", {1, 0}) == std::vector<int64_t>{1, 0};
  return fits ? std::optional(weight) : std::nullopt;
}

bool is_vector_of(const NodeWriter& node, ValueId id, int64_t extent) {
  return node.owns_value(id) &&
         node.lines().facts().graph().value(id).data->shape() == Shape({extent});
}

}  // namespace

bool is_bias_of(const NodeWriter& node, size_t i, int64_t extent) {
  return node.has(i) && is_vector_of(node, node.id(i), extent);
}

std::optional<ValueId> transposed_weight(const NodeWriter& node, size_t i) {
  return transposed(node, node.id(i));
}

std::optional<LinearLayer> linear_of_sum(const NodeWriter& node) {
  const GraphFacts& facts = node.lines().facts();
  for (size_t i = 0; i < 2; ++i) {
    const Node* product = only_producer(facts, node.id(i), "MatMul");
    if (product == nullptr) continue;
    const auto weight = transposed(node, product->inputs[1]);
    if (!weight) continue;
    const ValueId bias = node.id(1 - i);
    if (!is_vector_of(node, bias, facts.graph().value(*weight).data->shape()[0])) continue;
    return LinearLayer{product->inputs[0], *weight, bias};
  }
  return std::nullopt;
}

std::optional<LinearLayer> plain_linear_of_sum(const NodeWriter& node) {
  const GraphFacts& facts = node.lines().facts();
  for (size_t i = 0; i < 2; ++i) {
    const Node* product = only_producer(facts, node.id(i), "MatMul");
    if (product == nullptr) continue;
    const ValueId weight = product->inputs[1];
    const auto& input_shape = facts.graph().value(product->inputs[0]).type.shape;
    const bool is_kernel = node.owns_value(weight) && input_shape && input_shape->rank() >= 2 &&
                           facts.graph().value(weight).data->rank() == 2;
    if (!is_kernel) continue;
    const ValueId bias = node.id(1 - i);
    if (!is_vector_of(node, bias, facts.graph().value(weight).data->shape()[1])) continue;
    return LinearLayer{product->inputs[0], weight, bias, false};
  }
  return std::nullopt;
}

}  // namespace twingrad
