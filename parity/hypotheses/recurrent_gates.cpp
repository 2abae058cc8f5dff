#include <numeric>

#include "ir/expression.h"
#include "parity/hypotheses/gate_order.h"
#include "parity/hypotheses/graph_edit.h"
#include "parity/hypotheses/rearrangement.h"

// LSTM and GRU whose weights hold their gates in another order.

namespace twingrad {
namespace {

// The blocks of gates along one axis as ONNX has them; of a bias there are two groups.
Expr in_onnx_order(Expr weight, int64_t axis, int64_t hidden, int64_t groups,
                   const std::vector<int64_t>& places) {
  const auto gates = static_cast<int64_t>(places.size());
  std::vector<int64_t> rows(static_cast<size_t>(groups * gates * hidden));
  std::iota(rows.begin(), rows.end(), 0);
  const Tensor numbers =
      Tensor::of<int64_t>(Shape{groups * gates * hidden}, std::span<const int64_t>(rows));
  const Tensor moved = with_blocks_permuted(numbers, 0, hidden, inverse_of(places));
  return gather(weight, weight.integers(moved.values<int64_t>()), axis);
}

NodeEdit with_gates(int64_t hidden, const std::vector<int64_t>& places) {
  return [hidden, places](Builder& builder, NodeSpec spec) {
    for (const size_t i : {size_t{1}, size_t{2}, size_t{3}}) {
      if (i >= spec.inputs.size() || spec.inputs[i] == kNoValue) continue;
      const Expr weight(builder, spec.inputs[i]);
      spec.inputs[i] = in_onnx_order(weight, 1, hidden, i == 3 ? 2 : 1, places).id();
    }
    return builder.emit(std::move(spec));
  };
}

}  // namespace

void permuted_gates(const FailedCase& failed, const VariantTest& test) {
  std::vector<NodeChange> changes;
  NodeId id = 0;
  for (const Node& node : failed.item.graph.nodes()) {
    if (is_operator(node, "GRU")) {
      const int64_t here = node.attributes.integer("linear_before_reset");
      const int64_t other = here == 0 ? 1 : 0;
      changes.push_back(attribute_change(id, "linear_before_reset", other, std::to_string(other),
                                         std::to_string(here)));
    }
    const int64_t hidden = is_operator(node, "LSTM") || is_operator(node, "GRU")
                               ? hidden_size_of(failed.item, node)
                               : 0;
    if (hidden > 0) {
      for (const GateOrder& order : gate_orders(std::string(node.op->name))) {
        changes.push_back(
            {id, "its gates in the order " + order.text, {{id, with_gates(hidden, order.places)}}});
      }
    }
    ++id;
  }
  try_changes(failed, changes, test);
}

}  // namespace twingrad
