#include "parity/hypotheses/dropouts.h"

#include <algorithm>
#include <set>

#include "ir/expression.h"
#include "ir/graph_queries.h"
#include "parity/hypotheses/graph_edit.h"

namespace twingrad {
namespace {

// A number that the model holds, through casts and subtractions.
std::optional<double> number_of(const ParityCase& item, ValueId id) {
  if (const Tensor* known = known_tensor(item, id)) {
    if (known->element_count() != 1 || known->type() == DataType::kString) return std::nullopt;
    return element_as_double(*known, 0);
  }
  const Node* node = producer_of(item.graph, id);
  if (node == nullptr) return std::nullopt;
  if (is_operator(*node, "Cast")) return number_of(item, node->inputs[0]);
  if (!is_operator(*node, "Sub")) return std::nullopt;
  const std::optional<double> left = number_of(item, node->inputs[0]);
  const std::optional<double> right = number_of(item, node->inputs[1]);
  return left && right ? std::optional(*left - *right) : std::nullopt;
}

bool is_mask(const ParityCase& item, ValueId id) {
  const Node* node = producer_of(item.graph, id);
  if (node == nullptr || !is_operator(*node, "Cast")) return false;
  const std::string& name = item.graph.value(node->inputs[0]).name;
  return std::ranges::any_of(item.draw_inputs,
                             [&](const auto& draw) { return draw.second == name; });
}

NodeEdit first_input() {
  return [](Builder& builder, const NodeSpec& spec) -> std::vector<ValueId> {
    return {builder.emit_one("Identity", {spec.inputs[0]})};
  };
}

std::vector<ValueId> divided_twice(Builder& builder, const NodeSpec& spec) {
  const Expr kept(builder, spec.inputs[1]);
  return {(Expr(builder, spec.inputs[0]) / kept / kept).id()};
}

std::vector<ValueId> multiplied(Builder& builder, const NodeSpec& spec) {
  return {(Expr(builder, spec.inputs[0]) * Expr(builder, spec.inputs[1])).id()};
}

}  // namespace

std::vector<MaskedDropout> masked_dropouts(const ParityCase& item) {
  std::vector<MaskedDropout> result;
  NodeId id = 0;
  for (const Node& node : item.graph.nodes()) {
    const NodeId division = id++;
    if (!is_operator(node, "Div")) continue;
    const Node* product = producer_of(item.graph, node.inputs[0]);
    if (product == nullptr || !is_operator(*product, "Mul")) continue;
    if (!is_mask(item, product->inputs[1])) continue;
    const std::optional<double> kept = number_of(item, node.inputs[1]);
    if (!kept || !(*kept > 0 && *kept < 1)) continue;
    result.push_back({item.graph.value(node.inputs[0]).producer, division, 1 - *kept});
  }
  return result;
}

std::vector<double> dropout_ratios(const ParityCase& item) {
  std::set<double> ratios;
  for (const MaskedDropout& dropout : masked_dropouts(item)) ratios.insert(dropout.ratio);
  return {ratios.begin(), ratios.end()};
}

void other_dropout_scales(const FailedCase& failed, const VariantTest& test) {
  std::vector<NodeChange> changes;
  for (const MaskedDropout& dropout : masked_dropouts(failed.item)) {
    const NodeId at = dropout.division;
    changes.push_back({at, "no scale by 1/(1-p) behind its dropout", {{at, first_input()}}});
    changes.push_back({at, "no dropout", {{at, first_input()}, {dropout.product, first_input()}}});
    changes.push_back({at, "a scale by 1/(1-p) twice behind its dropout", {{at, divided_twice}}});
    changes.push_back({at, "a scale by 1-p behind its dropout (here 1/(1-p))", {{at, multiplied}}});
  }
  try_changes(failed, changes, test);
}

}  // namespace twingrad
