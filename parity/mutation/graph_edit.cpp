#include "parity/mutation/graph_edit.h"

#include "training/graph_copy.h"

namespace twingrad {
namespace {

// The value under a name that may be asked for.
ValueId named(Builder& builder, ValueId id, const std::string& name) {
  Graph& graph = builder.graph();
  if (graph.find(name)) return id;
  if (!graph.value(id).made_up_name) id = builder.emit_one("Identity", {id});
  graph.rename(id, name);
  return id;
}

}  // namespace

Graph edited(const Graph& source, const NodeEdit& edit) {
  Graph target;
  Builder builder(target);
  ValueMap map = copy_frame(source, builder);
  for (const Node& node : source.nodes()) {
    NodeSpec spec = spec_of(source, node, map);
    const auto given = edit(builder, node, spec);
    const std::vector<ValueId> outputs = given ? *given : builder.emit(std::move(spec));
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      const ValueId was = node.outputs[i];
      if (was == kNoValue) continue;
      const Value& value = source.value(was);
      const bool renamed = given && !value.made_up_name;
      map[static_cast<size_t>(was)] = renamed ? named(builder, outputs[i], value.name) : outputs[i];
    }
  }
  target.set_outputs(mapped(source.outputs(), map));
  return target;
}

}  // namespace twingrad
