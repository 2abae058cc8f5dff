#include <algorithm>
#include <cmath>

#include "ir/error.h"
#include "ir/expression.h"
#include "parity/hypotheses/graph_edit.h"

// Numbers and choices that stand as attributes of single nodes.

namespace twingrad {
namespace {

using Changes = std::vector<NodeChange>;

template <typename Use>
void for_each_node(const Graph& graph, const Use& use) {
  NodeId id = 0;
  for (const Node& node : graph.nodes()) {
    if (node.op != nullptr) use(id, node);
    ++id;
  }
}

bool same_number(float a, float b) {
  return std::fabs(a - b) <= 1e-6F * std::fabs(b);
}

// The attribute with each of these values that it has not.
void add_numbers(Changes& changes, NodeId id, const Node& node, std::string_view attribute,
                 std::initializer_list<double> values) {
  const auto* here = std::get_if<float>(node.attributes.find(attribute));
  if (here == nullptr) return;
  std::vector<float> known{*here};
  for (const double value : values) {
    const auto number = static_cast<float>(value);
    const bool repeated =
        std::ranges::any_of(known, [&](float one) { return same_number(number, one); });
    if (repeated) continue;
    known.push_back(number);
    changes.push_back(attribute_change(id, attribute, number, join_text(number), join_text(*here)));
  }
}

void add_toggle(Changes& changes, NodeId id, const Node& node, std::string_view attribute) {
  const auto* here = std::get_if<int64_t>(node.attributes.find(attribute));
  if (here == nullptr) return;
  const int64_t other = *here == 0 ? 1 : 0;
  changes.push_back(
      attribute_change(id, attribute, other, std::to_string(other), std::to_string(*here)));
}

constexpr std::initializer_list<double> kEpsilons = {1e-3, 1e-5, 1e-6,  1e-12, 1e-4,
                                                     1e-7, 1e-8, 1e-10, 1e-2,  0};

// A normalization in single steps adds its epsilon to the variance in front of a root.
bool feeds_root(const Graph& graph, const Node& node) {
  return std::ranges::any_of(graph.nodes(), [&](const Node& other) {
    const bool root = is_operator(other, "Sqrt") || is_operator(other, "Pow");
    return root && other.inputs[0] == node.outputs[0];
  });
}

void add_epsilon_constants(Changes& changes, const FailedCase& failed, NodeId id,
                           const Node& node) {
  for (size_t i = 0; i < 2; ++i) {
    const Tensor* constant = known_tensor(failed.item, node.inputs[i]);
    if (constant == nullptr || constant->element_count() != 1) continue;
    if (!is_floating_point(constant->type())) continue;
    const double here = element_as_double(*constant, 0);
    if (!(here > 0 && here < 0.02) || !feeds_root(failed.item.graph, node)) continue;
    for (const double value : kEpsilons) {
      if (std::fabs(value - here) <= 1e-6 * here) continue;
      const Tensor other = Tensor::filled(constant->type(), constant->shape(), value);
      const NodeEdit edit = [i, other](Builder& builder, NodeSpec spec) {
        spec.inputs[i] = builder.constant(other);
        return builder.emit(std::move(spec));
      };
      changes.push_back({id,
                         join_text("epsilon ", static_cast<float>(value), " (here ",
                                   static_cast<float>(here), ")"),
                         {{id, edit}}});
    }
  }
}

void add_pairs(Changes& changes, NodeId id, const Node& node) {
  const float alpha = node.attributes.real("alpha");
  const float beta = node.attributes.real("beta");
  for (const auto& [a, b] : {std::pair(1.0F / 6, 0.5F), std::pair(0.2F, 0.5F)}) {
    if (std::fabs(a - alpha) < 1e-6F && std::fabs(b - beta) < 1e-6F) continue;
    const NodeEdit edit = [a = a, b = b](Builder& builder, NodeSpec spec) {
      spec.attributes.set("alpha", a);
      spec.attributes.set("beta", b);
      return builder.emit(std::move(spec));
    };
    changes.push_back({id,
                       join_text("alpha ", a, ", beta ", b, " (here ", alpha, ", ", beta, ")"),
                       {{id, edit}}});
  }
}

// Before opset 13 all axes from `axis` on were normalized as one.
NodeEdit coerced_to_matrix(int64_t axis) {
  return [axis](Builder& builder, const NodeSpec& spec) -> std::vector<ValueId> {
    const Expr x(builder, spec.inputs[0]);
    const Expr matrix = x.apply("Flatten", {}, {{"axis", axis}});
    return {reshape_as(matrix.apply(spec.op, {}, {{"axis", int64_t{1}}}), x).id()};
  };
}

void add_axes(Changes& changes, const Graph& shapes, NodeId id, const Node& node) {
  const Type& type = shapes.value(shapes.node(id).inputs[0]).type;
  if (!type.is_tensor() || !type.shape) return;
  const int64_t rank = type.shape->rank();
  const int64_t here = normalized_axis(node.attributes.integer("axis"), rank);
  for (int64_t axis = rank - 1; axis >= 0; --axis) {
    if (axis == here) continue;
    changes.push_back(
        attribute_change(id, "axis", axis, std::to_string(axis), std::to_string(here)));
  }
  if (!is_operator(node, "Softmax") && !is_operator(node, "LogSoftmax") &&
      !is_operator(node, "Hardmax"))
    return;
  for (int64_t axis = 0; axis + 1 < rank; ++axis) {
    changes.push_back({id,
                       join_text("all axes from ", axis, " on as one (here axis ", here, ")"),
                       {{id, coerced_to_matrix(axis)}}});
  }
}

}  // namespace

void other_epsilons(const FailedCase& failed, const VariantTest& test) {
  Changes changes;
  for_each_node(failed.item.graph, [&](NodeId id, const Node& node) {
    if (node.attributes.has("epsilon")) add_numbers(changes, id, node, "epsilon", kEpsilons);
    if (is_operator(node, "Add")) add_epsilon_constants(changes, failed, id, node);
  });
  try_changes(failed, changes, test);
}

void other_momenta(const FailedCase& failed, const VariantTest& test) {
  Changes changes;
  for_each_node(failed.item.graph, [&](NodeId id, const Node& node) {
    if (!is_operator(node, "BatchNormalization") || node.outputs.size() < 2) return;
    const auto momentum = static_cast<double>(node.attributes.real("momentum"));
    add_numbers(changes, id, node, "momentum", {1 - momentum, 0.9, 0.99, 0.1, 0.01, 0.999});
  });
  for (NodeChange& change : changes) change.first_output = 1;
  try_changes(failed, changes, test);
}

void other_pool_counts(const FailedCase& failed, const VariantTest& test) {
  Changes changes;
  for_each_node(failed.item.graph, [&](NodeId id, const Node& node) {
    if (is_operator(node, "AveragePool")) add_toggle(changes, id, node, "count_include_pad");
  });
  try_changes(failed, changes, test);
}

void other_slopes(const FailedCase& failed, const VariantTest& test) {
  Changes changes;
  for_each_node(failed.item.graph, [&](NodeId id, const Node& node) {
    if (is_operator(node, "LeakyRelu"))
      add_numbers(changes, id, node, "alpha", {0.01, 0.2, 0.3, 0.1});
    if (is_operator(node, "Elu") || is_operator(node, "Celu") ||
        is_operator(node, "ThresholdedRelu")) {
      add_numbers(changes, id, node, "alpha", {1, 0.5, 2});
    }
    if (is_operator(node, "HardSigmoid")) add_pairs(changes, id, node);
  });
  try_changes(failed, changes, test);
}

void other_axes(const FailedCase& failed, const VariantTest& test) {
  Changes changes;
  const Graph shapes = with_shapes_of(failed.item.graph, failed.item.question.inputs);
  for_each_node(failed.item.graph, [&](NodeId id, const Node& node) {
    for (const char* name :
         {"Softmax", "LogSoftmax", "Hardmax", "LayerNormalization", "RMSNormalization"}) {
      if (is_operator(node, name)) add_axes(changes, shapes, id, node);
    }
  });
  try_changes(failed, changes, test);
}

}  // namespace twingrad
