#include "backends/static/passes/rewrite.h"

namespace twingrad {

Rewrite::Rewrite(const Graph& from, const std::vector<bool>* wanted)
    : source(from), builder(graph), map(replay_frame(from, builder, wanted)) {}

void Rewrite::replace(ValueId source_id, ValueId replacement, ValueId first_new) {
  map[static_cast<size_t>(source_id)] = replacement;
  const std::string& name = source.value(source_id).name;
  const Value& value = graph.value(replacement);
  if (replacement < first_new || value.kind == Value::Kind::kInput) return;
  if (!graph.find(name)) graph.rename(replacement, name);
}

Graph Rewrite::finish() {
  graph.set_outputs(mapped(source.outputs(), map));
  return std::move(graph);
}

const Tensor* fixed_value(const Graph& graph, ValueId id) {
  const Value& value = graph.value(id);
  if (value.kind == Value::Kind::kConstant) return &*value.data;
  if (value.kind == Value::Kind::kInitializer) {
    const bool parameter = is_floating_point(value.type.element) || is_complex(value.type.element);
    return parameter ? nullptr : &*value.data;
  }
  if (value.producer == kNoNode) return nullptr;
  const Node& node = graph.node(value.producer);
  const bool constant =
      node.op != nullptr && node.op->name == "Constant" && node.op->domain.empty();
  return constant ? &node.attributes.tensor("value") : nullptr;
}

}  // namespace twingrad
