#include "training/parameters.h"

#include <algorithm>

#include "autodiff/rule.h"
#include "ir/error.h"
#include "ir/roles.h"

namespace twingrad {
namespace {

bool is_batch_normalization(const Node& node) {
  return node.op != nullptr && node.op->domain.empty() && node.op->name == "BatchNormalization";
}

void add_once(std::vector<ValueId>& list, ValueId id) {
  if (id != kNoValue && std::ranges::find(list, id) == list.end()) list.push_back(id);
}

// What the nested graph receives from outside, translated to the values that the node passes.
void add_captured_statistics(const Node& node, const Graph& nested, std::vector<ValueId>& list) {
  const auto& inputs = nested.inputs();
  for (const ValueId id : running_statistics(nested)) {
    const auto position = std::ranges::find(inputs, id) - inputs.begin();
    const auto from_end = static_cast<std::ptrdiff_t>(inputs.size()) - position;
    if (from_end < 1 || from_end > static_cast<std::ptrdiff_t>(node.captures)) continue;
    add_once(list, node.inputs[node.inputs.size() - static_cast<size_t>(from_end)]);
  }
}

bool carries_gradient(const Graph& graph, ValueId id) {
  if (id == kNoValue) return false;
  const Type& type = graph.value(id).type;
  return !type.is_tensor() || is_floating_point(type.element);
}

bool flows(const Graph& graph, const Node& node, size_t input) {
  if (!carries_gradient(graph, node.inputs[input])) return false;
  return node.function || is_differentiable(*node.op, input);
}

// For every value whether the loss may depend on it in a way that can be differentiated.
std::vector<bool> reached(const Graph& graph, const std::vector<ValueId>& from) {
  std::vector<bool> result(graph.values().size(), false);
  for (const ValueId id : from) result[static_cast<size_t>(id)] = carries_gradient(graph, id);
  const auto& nodes = graph.nodes();
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
    const bool needed = std::ranges::any_of(node->outputs, [&](ValueId id) {
      return id != kNoValue && result[static_cast<size_t>(id)];
    });
    for (size_t i = 0; needed && node->recorded && i < node->inputs.size(); ++i) {
      if (flows(graph, *node, i)) result[static_cast<size_t>(node->inputs[i])] = true;
    }
  }
  return result;
}

}  // namespace

std::vector<ValueId> running_statistics(const Graph& graph) {
  std::vector<ValueId> result;
  for (const Node& node : graph.nodes()) {
    for (const GraphPointer& nested : nested_graphs(node.attributes)) {
      add_captured_statistics(node, *nested, result);
    }
    if (!is_batch_normalization(node)) continue;
    for (size_t i = 3; i < node.inputs.size() && i < 5; ++i) add_once(result, node.inputs[i]);
  }
  return result;
}

std::vector<std::pair<ValueId, ValueId>> statistics_updates(const Graph& graph) {
  std::vector<std::pair<ValueId, ValueId>> result;
  for (const Node& node : graph.nodes()) {
    if (!is_batch_normalization(node) || !node.attributes.flag("training_mode")) continue;
    for (size_t i = 1; i < node.outputs.size() && i < 3; ++i) {
      const ValueId statistic = node.inputs[i + 2];
      if (node.outputs[i] == kNoValue || !graph.value(statistic).data) continue;
      result.emplace_back(statistic, node.outputs[i]);
    }
  }
  return result;
}

std::vector<std::string> trainable_parameters(const Graph& graph, const std::string& loss) {
  std::vector<ValueId> from = graph.outputs();
  if (!loss.empty()) {
    const std::optional<ValueId> found = graph.find(loss);
    check(found.has_value(), "the model has no value ", quoted_name(loss));
    from = {*found};
  }
  const std::vector<bool> needed = reached(graph, from);
  const std::vector<ValueId> statistics = running_statistics(graph);
  std::vector<std::string> names;
  for (const ValueId id : graph.initializers()) {
    const Value& value = graph.value(id);
    const bool statistic = std::ranges::find(statistics, id) != statistics.end();
    if (is_declared_fixed(value)) continue;
    if (statistic || !is_floating_point(value.data->type()) || value.data->rank() == 0) continue;
    if (needed[static_cast<size_t>(id)]) names.push_back(value.name);
  }
  return names;
}

}  // namespace twingrad
