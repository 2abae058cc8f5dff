#include "exporters/expansion.h"

#include <algorithm>
#include <memory>

#include "ir/error.h"
#include "ir/op.h"
#include "ir/replay.h"

namespace twingrad {
namespace {

class Expansion {
 public:
  explicit Expansion(const std::function<bool(const OpDef&)>& replaced) : replaced_(replaced) {}

  Graph all(const Graph& source) const {
    constexpr int kDeepestExpansion = 32;
    Graph graph = once(source);
    for (int depth = 0; is_open(graph); ++depth) {
      check(depth < kDeepestExpansion, "operators expand to one another without an end");
      graph = once(graph);
    }
    return graph;
  }

 private:
  bool is_replaced(const Node& node) const {
    return node.function != nullptr || (node.op->expand != nullptr && replaced_(*node.op));
  }

  bool is_open(const Graph& graph) const {
    return std::ranges::any_of(graph.nodes(), [this](const Node& node) {
      return is_replaced(node) ||
             std::ranges::any_of(nested_graphs(node.attributes),
                                 [this](const auto& nested) { return is_open(*nested); });
    });
  }

  // One level; expansions may hold such operators again.
  Graph once(const Graph& source) const {
    Graph target;
    target.name = source.name;
    Builder builder(target);
    ValueMap map(source.values().size(), kNoValue);
    for (size_t i = 0; i < source.inputs().size(); ++i) {
      const ValueId id = source.inputs()[i];
      map[static_cast<size_t>(id)] = target.add_input(source.value(id), i >= source.formal_count());
    }
    const ValueMap data = replay_data(source, builder);
    for (size_t i = 0; i < map.size(); ++i) map[i] = std::max(map[i], data[i]);
    for (const Node& node : source.nodes()) {
      is_replaced(node) ? expand(source, node, builder, map) : copy(source, node, builder, map);
    }
    target.set_outputs(mapped(source.outputs(), map));
    return target;
  }

  void copy(const Graph& source, const Node& node, Builder& builder, ValueMap& map) const {
    Node changed = node;
    for (const auto& [name, value] : node.attributes) {
      if (const auto* graph = std::get_if<GraphPointer>(&value); graph && is_open(**graph)) {
        changed.attributes.set(name, std::make_shared<const Graph>(all(**graph)));
      }
    }
    replay_node(source, changed, builder, map);
  }

  static void expand(const Graph& source, const Node& node, Builder& builder, ValueMap& map) {
    const auto first_new = static_cast<ValueId>(builder.graph().values().size());
    const std::vector<ValueId> inputs = mapped(node.inputs, map);
    const auto outputs = node.function
                             ? inline_call(*node.function, node.attributes, builder, inputs)
                             : node.op->expand(builder, node, inputs);
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i] == kNoValue) continue;
      const Value& value = source.value(node.outputs[i]);
      ValueId id = outputs[i];
      const bool named_already =
          id < first_new || std::ranges::count(std::span(outputs).first(i), id) > 0;
      if (named_already) id = builder.emit_one("Identity", {id});
      if (!builder.graph().find(value.name)) builder.graph().rename(id, value.name);
      map[static_cast<size_t>(node.outputs[i])] = id;
    }
  }

  const std::function<bool(const OpDef&)>& replaced_;
};

}  // namespace

Model expanded(const Model& model, const std::function<bool(const OpDef&)>& replaced) {
  Model result = model;
  result.functions.clear();
  result.graph = Expansion(replaced).all(model.graph);
  return result;
}

}  // namespace twingrad
