#include "exporters/json/undeclared_types.h"

#include "ir/error.h"
#include "ir/replay.h"

namespace twingrad {

std::unordered_set<ValueId> types_beyond_inference(const Graph& graph) {
  std::unordered_set<ValueId> found;
  Graph inferred;
  Builder builder(inferred);
  ValueMap map(graph.values().size(), kNoValue);
  for (const ValueId id : graph.inputs()) {
    map[static_cast<size_t>(id)] = inferred.add_input(graph.value(id));
  }
  for (size_t i = 0; i < map.size(); ++i) {
    const Value& value = graph.values()[i];
    if (!value.data || value.kind == Value::Kind::kInput) continue;
    map[i] = inferred.add_value(value);
  }
  for (const Node& node : graph.nodes()) {
    replay_node(graph, node, builder, map);
    for (const ValueId id : node.outputs) {
      if (id == kNoValue) continue;
      const Type& known = graph.value(id).type;
      Type& again = inferred.value(map[static_cast<size_t>(id)]).type;
      if (again == known) continue;
      found.insert(id);
      again = intersection_of(again, known);
    }
  }
  return found;
}

}  // namespace twingrad
