#include "parity/isolated_node.h"

#include <algorithm>

#include "ir/builder.h"
#include "ir/replay.h"

namespace twingrad {

Graph isolated_node(const Graph& graph, const Node& node) {
  Graph alone;
  Builder builder(alone);
  ValueMap map(graph.values().size(), kNoValue);
  for (const ValueId id : node.inputs) {
    if (id == kNoValue || map[static_cast<size_t>(id)] != kNoValue) continue;
    const Value& value = graph.value(id);
    map[static_cast<size_t>(id)] = builder.input(value.name, value.type);
  }
  replay_node(graph, node, builder, map);
  std::vector<ValueId> outputs;
  for (const ValueId id : node.outputs) {
    if (id != kNoValue) outputs.push_back(map[static_cast<size_t>(id)]);
  }
  alone.set_outputs(outputs);
  return alone;
}

std::vector<std::string> names_taken(const Graph& graph, const Node& node) {
  std::vector<std::string> names;
  for (const ValueId id : node.inputs) {
    if (id == kNoValue) continue;
    const std::string& name = graph.value(id).name;
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return names;
}

}  // namespace twingrad
