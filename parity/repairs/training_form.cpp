#include "parity/repairs/training_form.h"

#include "backends/static/passes/rewrite.h"
#include "ir/model.h"
#include "parity/repairs/parameters_read.h"
#include "training/mode.h"

namespace twingrad {
namespace {

using Test = bool (*)(const Graph& graph, const Node& node);

size_t count_nodes(const Graph& graph, Test test) {
  size_t count = 0;
  for (const Node& node : graph.nodes()) {
    count += test(graph, node) ? 1 : 0;
    if (node.function) count += count_nodes(node.function->body, test);
    for (const GraphPointer& nested : nested_graphs(node.attributes)) {
      count += count_nodes(*nested, test);
    }
  }
  return count;
}

Repaired in_training(const Graph& graph, std::string_view op, Test test, const std::string& done) {
  const size_t count = count_nodes(graph, test);
  if (count == 0) return {graph, {}, {}};
  return {with_mode(graph, true, op),
          {std::to_string(count) + " " + std::string(op) + ": " + done},
          {}};
}

}  // namespace

bool has_fixed_statistics(const Node& node) {
  return is_operator(node, "BatchNormalization") && !node.attributes.flag("training_mode");
}

bool drops_nothing(const Graph& graph, const Node& node) {
  if (!is_operator(node, "Dropout")) return false;
  const ValueId mode = node.inputs.size() > 2 ? node.inputs[2] : kNoValue;
  if (mode == kNoValue) return true;
  const Tensor* known = fixed_value(graph, mode);
  return known != nullptr && element_as_double(*known, 0) == 0;
}

Repaired training_normalization(const Graph& graph) {
  const Test test = [](const Graph&, const Node& node) { return has_fixed_statistics(node); };
  return in_training(graph, "BatchNormalization", test, "by the statistics of the batch");
}

Repaired training_dropout(const Graph& graph) {
  return in_training(graph, "Dropout", drops_nothing, "drops in training");
}

}  // namespace twingrad
