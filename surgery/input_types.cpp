#include "surgery/input_types.h"

namespace twingrad {

std::vector<Type> input_types(const Graph& graph) {
  std::vector<Type> types;
  for (const ValueId id : graph.inputs()) types.push_back(graph.value(id).type);
  return types;
}

Graph with_input_types(const Graph& graph, std::span<const Type> types) {
  Graph result;
  Builder builder(result);
  ValueMap map = replay_frame(graph, builder, nullptr, types);
  for (const Node& node : graph.nodes()) replay_node(graph, node, builder, map);
  result.set_outputs(mapped(graph.outputs(), map));
  return result;
}

}  // namespace twingrad
