#include <algorithm>

#include "ir/error.h"
#include "ir/expression.h"
#include "parity/hypotheses/graph_edit.h"

// Weights and images that the reference read in another order than they are written.

namespace twingrad {
namespace {

// The known shape of a weight; a node of rank 0 where there is none.
Shape weight_shape(const FailedCase& failed, ValueId id) {
  const Tensor* weight = known_tensor(failed.item, id);
  return weight == nullptr ? Shape{} : weight->shape();
}

NodeEdit with_input_permuted(size_t i, std::vector<int64_t> permutation) {
  return [i, permutation = std::move(permutation)](Builder& builder, NodeSpec spec) {
    spec.inputs[i] = transpose(Expr(builder, spec.inputs[i]), permutation).id();
    return builder.emit(std::move(spec));
  };
}

bool is_square(const Shape& shape) {
  return shape.rank() == 2 && shape[0] == shape[1] && shape[0] > 1;
}

// The square weight of a product; kNoValue where it has none.
std::optional<size_t> square_weight(const FailedCase& failed, const Node& node) {
  if (!is_operator(node, "MatMul") && !is_operator(node, "Gemm")) return std::nullopt;
  for (const size_t i : {size_t{1}, size_t{0}}) {
    if (is_square(weight_shape(failed, node.inputs[i]))) return i;
  }
  return std::nullopt;
}

void add_kernels(std::vector<NodeChange>& changes, const FailedCase& failed, NodeId id,
                 const Node& node) {
  const Shape shape = weight_shape(failed, node.inputs[1]);
  if (shape.rank() != 4) return;
  for (const auto& [permutation, axes] :
       {std::pair(std::vector<int64_t>{0, 1, 3, 2}, "height and width"),
        {std::vector<int64_t>{1, 0, 2, 3}, "channels in and out"},
        {std::vector<int64_t>{1, 0, 3, 2}, "channels in and out, and height and width,"}}) {
    Shape permuted;
    for (const int64_t axis : permutation) permuted.append(shape[axis]);
    if (permuted != shape) continue;
    changes.push_back({id,
                       std::string(axes) + " of its kernel swapped",
                       {{id, with_input_permuted(1, permutation)}}});
  }
}

// Channels last: axes 0, 2, 3, ..., 1.
std::vector<int64_t> channels_last(int64_t rank) {
  std::vector<int64_t> permutation{0};
  for (int64_t axis = 2; axis < rank; ++axis) permutation.push_back(axis);
  permutation.push_back(1);
  return permutation;
}

bool is_flattening(const Graph& shapes, const Node& node) {
  if (!is_operator(node, "Flatten") && !is_operator(node, "Reshape")) return false;
  const Type& from = shapes.value(node.inputs[0]).type;
  const Type& to = shapes.value(node.outputs[0]).type;
  return from.is_static() && to.is_static() && from.shape->rank() > 2 && to.shape->rank() == 2 &&
         (*from.shape)[0] == (*to.shape)[0];
}

NodeEdit flattened_from(std::vector<int64_t> permutation) {
  return with_input_permuted(0, std::move(permutation));
}

}  // namespace

void transposed_weights(const FailedCase& failed, const VariantTest& test) {
  std::vector<NodeChange> changes;
  NodeId id = 0;
  for (const Node& node : failed.item.graph.nodes()) {
    const std::optional<size_t> weight = square_weight(failed, node);
    if (weight) {
      const std::string name = failed.item.graph.value(node.inputs[*weight]).name;
      changes.push_back({id,
                         "its weight '" + name + "' transposed",
                         {{id, with_input_permuted(*weight, {1, 0})}}});
    }
    ++id;
  }
  try_changes(failed, changes, test);
}

void channels_last_before_flatten(const FailedCase& failed, const VariantTest& test) {
  std::vector<NodeChange> changes;
  const Graph& graph = failed.item.graph;
  const Graph shapes = with_shapes_of(graph, failed.item.question.inputs);
  NodeId id = 0;
  for (const Node& node : graph.nodes()) {
    if (is_flattening(shapes, shapes.node(id))) {
      const int64_t rank = shapes.value(shapes.node(id).inputs[0]).type.shape->rank();
      changes.push_back({id,
                         "images with channels last (here first)",
                         {{id, flattened_from(channels_last(rank))}}});
      std::vector<int64_t> first{0, rank - 1};
      for (int64_t axis = 1; axis + 1 < rank; ++axis) first.push_back(axis);
      if (rank > 3) {
        changes.push_back(
            {id, "images with channels first (here last)", {{id, flattened_from(first)}}});
      }
    }
    if (is_operator(node, "Conv")) add_kernels(changes, failed, id, node);
    ++id;
  }
  try_changes(failed, changes, test);
}

}  // namespace twingrad
