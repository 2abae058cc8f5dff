#include <algorithm>
#include <cmath>

#include "ir/expression.h"
#include "ir/graph_queries.h"
#include "parity/hypotheses/graph_edit.h"

// Variances that divide by n - 1.

namespace twingrad {
namespace {

constexpr const char* kUnbiased = "a variance divided by n-1 (here n)";

NodeSpec without_names(NodeSpec spec) {
  spec.outputs.clear();
  return spec;
}

// n / (n - 1), where `of` is averaged to `to`.
Expr bessel_factor(Expr of, Expr to) {
  const Expr all = cast(of.apply("Size"), to.element());
  const Expr count = all / cast(to.apply("Size"), to.element());
  return count / (count - 1);
}

// The running variance of a BatchNormalization that trains, as PyTorch keeps it.
std::vector<ValueId> unbiased_running(Builder& builder, const NodeSpec& spec) {
  std::vector<ValueId> outputs = builder.emit(without_names(spec));
  const Expr old(builder, spec.inputs[4]);
  const Expr kept = old * static_cast<double>(spec.attributes.real("momentum"));
  const Expr added = Expr(builder, outputs[2]) - kept;
  outputs[2] = (kept + added * bessel_factor(Expr(builder, spec.inputs[0]), old)).id();
  return outputs;
}

// 1 / sqrt(v n / (n - 1) + e) is 1 / sqrt(v + e (n - 1) / n) times sqrt((n - 1) / n).
NodeEdit unbiased_normalization(double count) {
  return [count](Builder& builder, NodeSpec spec) {
    const double share = (count - 1) / count;
    const Expr scale(builder, spec.inputs[1]);
    spec.inputs[1] = (scale * std::sqrt(share)).id();
    const auto epsilon = static_cast<double>(spec.attributes.real("epsilon"));
    spec.attributes.set("epsilon", static_cast<float>(epsilon * share));
    return builder.emit(std::move(spec));
  };
}

// Over how many elements a node normalizes; 0 where that is not known, or it uses no variance.
int64_t normalized_count(const Graph& shapes, const Node& node) {
  if (node.op == nullptr || input_of(node, 0) == kNoValue) return 0;
  const Type& type = shapes.value(node.inputs[0]).type;
  if (!type.is_static()) return 0;
  const Shape shape = type.shape->shape();
  if (is_operator(node, "LayerNormalization")) {
    const int64_t axis = normalized_axis(node.attributes.integer("axis"), shape.rank());
    return shape.product(axis, shape.rank());
  }
  if (shape.rank() < 2) return 0;
  const int64_t pixels = shape.product(2, shape.rank());
  if (is_operator(node, "InstanceNormalization")) return pixels;
  if (is_operator(node, "GroupNormalization")) {
    return pixels * shape[1] / node.attributes.integer("num_groups");
  }
  const bool trains =
      is_operator(node, "BatchNormalization") && node.attributes.flag("training_mode");
  return trains ? pixels * shape[0] : 0;
}

// The mean of squares, a variance in single steps.
bool averages_squares(const Graph& graph, const Node& node) {
  if (!is_operator(node, "ReduceMean")) return false;
  const NodeId producer = graph.value(node.inputs[0]).producer;
  if (producer == kNoNode) return false;
  const Node& square = graph.node(producer);
  return is_operator(square, "Pow") ||
         (is_operator(square, "Mul") && square.inputs[0] == square.inputs[1]);
}

std::vector<ValueId> unbiased_mean(Builder& builder, const NodeSpec& spec) {
  const Expr squares(builder, spec.inputs[0]);
  const Expr mean(builder, builder.emit(without_names(spec))[0]);
  return {(mean * bessel_factor(squares, mean)).id()};
}

}  // namespace

void unbiased_variances(const FailedCase& failed, const VariantTest& test) {
  std::vector<NodeChange> changes;
  const Graph& graph = failed.item.graph;
  const Graph shapes = with_shapes_of(graph, failed.item.question.inputs);
  NodeId id = 0;
  for (const Node& node : graph.nodes()) {
    if (is_operator(node, "BatchNormalization") && node.outputs.size() > 2) {
      changes.push_back(
          {id, "a running variance divided by n-1 (here n)", {{id, unbiased_running}}, 2});
    }
    const int64_t count = normalized_count(shapes, shapes.node(id));
    if (count > 1) {
      const NodeEdit edit = unbiased_normalization(static_cast<double>(count));
      changes.push_back({id, kUnbiased, {{id, edit}}});
    }
    if (averages_squares(graph, node)) changes.push_back({id, kUnbiased, {{id, unbiased_mean}}});
    ++id;
  }
  try_changes(failed, changes, test);
}

}  // namespace twingrad
