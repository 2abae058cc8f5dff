#include "surgery/input_types.h"

namespace twingrad {

ValueMap copy_frame_with(const Graph& source, std::span<const Type> types, Builder& target) {
  Graph& copy = target.graph();
  copy.name = source.name;
  copy.doc_string = source.doc_string;
  copy.metadata = source.metadata;
  // The inputs come first: the names that constants get must not be one of theirs.
  std::vector<ValueId> inputs;
  for (size_t i = 0; i < source.inputs().size(); ++i) {
    Value value = source.value(source.inputs()[i]);
    value.type = types[i];
    inputs.push_back(copy.add_input(std::move(value), i >= source.formal_count()));
  }
  ValueMap map = replay_data(source, target);
  for (size_t i = 0; i < inputs.size(); ++i) {
    map[static_cast<size_t>(source.inputs()[i])] = inputs[i];
  }
  return map;
}

std::vector<Type> input_types(const Graph& graph) {
  std::vector<Type> types;
  for (const ValueId id : graph.inputs()) types.push_back(graph.value(id).type);
  return types;
}

Graph with_input_types(const Graph& graph, std::span<const Type> types) {
  Graph result;
  Builder builder(result);
  ValueMap map = copy_frame_with(graph, types, builder);
  for (const Node& node : graph.nodes()) replay_node(graph, node, builder, map);
  result.set_outputs(mapped(graph.outputs(), map));
  return result;
}

}  // namespace twingrad
