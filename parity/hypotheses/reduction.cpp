#include "ir/error.h"
#include "ir/expression.h"
#include "parity/hypotheses/graph_edit.h"

// Sums instead of means, and the reverse.

namespace twingrad {
namespace {

NodeEdit as_operator(std::string_view name) {
  return [name](Builder& builder, NodeSpec spec) {
    spec.op = name;
    return builder.emit(std::move(spec));
  };
}

// A loss over all elements, divided by how many targets there are: whatever their weights.
std::vector<ValueId> averaged_over_targets(Builder& builder, NodeSpec spec) {
  const Expr targets(builder, spec.inputs[1]);
  spec.attributes.set("reduction", std::string("sum"));
  spec.outputs.clear();
  std::vector<ValueId> outputs = builder.emit(std::move(spec));
  const Expr sum(builder, outputs[0]);
  outputs[0] = (sum / cast(targets.apply("Size"), sum.element())).id();
  return outputs;
}

void add_loss(std::vector<NodeChange>& changes, NodeId id, const Node& node) {
  const std::string& here = node.attributes.text("reduction");
  if (here == "none") return;
  const std::string other = here == "mean" ? "sum" : "mean";
  changes.push_back(attribute_change(id, "reduction", other, other, here));
  changes.push_back({id,
                     "its sum divided by the number of targets (here " + here + ")",
                     {{id, averaged_over_targets}}});
}

}  // namespace

void other_reductions(const FailedCase& failed, const VariantTest& test) {
  std::vector<NodeChange> changes;
  NodeId id = 0;
  for (const Node& node : failed.item.graph.nodes()) {
    if (is_operator(node, "SoftmaxCrossEntropyLoss") ||
        is_operator(node, "NegativeLogLikelihoodLoss")) {
      add_loss(changes, id, node);
    }
    for (const auto& [name, other] : {std::pair("ReduceMean", "ReduceSum"),
                                      {"ReduceSum", "ReduceMean"},
                                      {"Mean", "Sum"},
                                      {"Sum", "Mean"}}) {
      if (!is_operator(node, name)) continue;
      const std::string what = std::string("the operator ") + other + " (here " + name + ")";
      changes.push_back({id, what, {{id, as_operator(other)}}});
    }
    ++id;
  }
  try_changes(failed, changes, test);
}

}  // namespace twingrad
