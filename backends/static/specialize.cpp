#include "backends/static/specialize.h"

#include <algorithm>

#include "ir/error.h"
#include "ir/replay.h"

namespace twingrad {
namespace {

ValueId add_input(Builder& builder, const Value& source, const Type& type) {
  if (type.is_unknown()) {
    check(source.data.has_value(), "input ", quoted_name(source.name), " is missing");
    return builder.initializer(source.name, *source.data);
  }
  try {
    return builder.input(source.name, intersection_of(source.type, type));
  } catch (const Error& error) {
    throw error.at("input " + quoted_name(source.name));
  }
}

}  // namespace

Graph specialized(const Graph& graph, std::span<const Type> inputs,
                  std::span<const Update> updates) {
  check(inputs.size() == graph.inputs().size(), "the graph has ", graph.inputs().size(),
        " inputs, got ", inputs.size());
  Graph result;
  result.name = graph.name;
  Builder builder(result);
  std::vector<bool> fixed(graph.values().size(), true);
  for (const Update& update : updates) fixed[static_cast<size_t>(update.parameter)] = false;
  // The inputs come first: the names that constants get must not be one of theirs.
  std::vector<std::pair<ValueId, ValueId>> added;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const ValueId id = graph.inputs()[i];
    added.emplace_back(id, add_input(builder, graph.value(id), inputs[i]));
  }
  for (const Update& update : updates) {
    const Value& parameter = graph.value(update.parameter);
    added.emplace_back(update.parameter, builder.input(parameter.name, parameter.type));
  }
  ValueMap map = replay_data(graph, builder, &fixed);
  for (const auto& [from, to] : added) map[static_cast<size_t>(from)] = to;
  for (const Node& node : graph.nodes()) replay_node(graph, node, builder, map);
  std::vector<ValueId> outputs = mapped(graph.outputs(), map);
  for (const Update& update : updates) {
    outputs.push_back(map[static_cast<size_t>(update.value)]);
    const Type& from = builder.type(outputs.back());
    const Type& to = graph.value(update.parameter).type;
    check(from.is_tensor() && from.element == to.element, "parameter ",
          quoted_name(graph.value(update.parameter).name), " is ", to, ", its update ", from);
    intersection_of(from, to);
  }
  result.set_outputs(std::move(outputs));
  return result;
}

}  // namespace twingrad
