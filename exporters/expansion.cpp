#include "exporters/expansion.h"

#include <algorithm>
#include <map>
#include <memory>

#include "ir/error.h"
#include "ir/graph_queries.h"
#include "ir/replay.h"

namespace twingrad {
namespace {

class Expansion {
 public:
  explicit Expansion(const FindExpansion& expansion_of) : expansion_of_(expansion_of) {}

  Graph all(const Graph& source) {
    constexpr int kDeepestExpansion = 32;
    Graph graph = once(source);
    for (int depth = 0; is_open(graph); ++depth) {
      check(depth < kDeepestExpansion, "operators expand to one another without an end");
      graph = once(graph);
    }
    return graph;
  }

  std::shared_ptr<const Function> function(const std::shared_ptr<const Function>& source) {
    auto& held = functions_[source.get()];
    if (held) return held;
    if (!is_open(source->body)) return held = source;
    auto copy = std::make_shared<Function>(*source);
    copy->body = all(source->body);
    return held = std::move(copy);
  }

 private:
  bool is_open(const Graph& graph) const {
    return std::ranges::any_of(graph.nodes(), [&](const Node& node) {
      return expansion_of_(graph, node) != nullptr ||
             std::ranges::any_of(nested_graphs(node.attributes),
                                 [this](const auto& nested) { return is_open(*nested); });
    });
  }

  // One level; expansions may hold such operators again.
  Graph once(const Graph& source) {
    Graph target;
    Builder builder(target);
    ValueMap map = replay_frame(source, builder);
    for (const Node& node : source.nodes()) {
      const ExpandFunction expand = expansion_of_(source, node);
      if (expand == nullptr) {
        copy(source, node, builder, map);
      } else {
        const auto first_new = static_cast<ValueId>(target.values().size());
        place(source, node, expansion_by(expand, source, node, builder, map), first_new, builder,
              map);
      }
    }
    target.set_outputs(mapped(source.outputs(), map));
    return target;
  }

  static std::vector<ValueId> expansion_by(ExpandFunction expand, const Graph& source,
                                           const Node& node, Builder& builder,
                                           const ValueMap& map) {
    try {
      return expand(builder, node, mapped(node.inputs, map));
    } catch (const Error& error) {
      throw error.at(node_place(source, node));
    }
  }

  void copy(const Graph& source, const Node& node, Builder& builder, ValueMap& map) {
    Node changed = node;
    for (const auto& [name, value] : node.attributes) {
      if (const auto* graph = std::get_if<GraphPointer>(&value); graph && is_open(**graph)) {
        changed.attributes.set(name, std::make_shared<const Graph>(all(**graph)));
      }
    }
    if (changed.function) changed.function = function(changed.function);
    replay_node(source, changed, builder, map);
  }

  // Values that stand in the place of a node's outputs, under their names where these are free.
  static void place(const Graph& source, const Node& node, const std::vector<ValueId>& outputs,
                    ValueId first_new, Builder& builder, ValueMap& map) {
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

  const FindExpansion& expansion_of_;
  std::map<const Function*, std::shared_ptr<const Function>> functions_;
};

std::vector<ValueId> inlined(Builder& builder, const Node& node, std::span<const ValueId> inputs) {
  return inline_call(*node.function, node.attributes, builder, inputs);
}

}  // namespace

Model expanded(const Model& model, const FindExpansion& expansion_of) {
  Expansion expansion(expansion_of);
  Model result = model;
  for (auto& function : result.functions) function = expansion.function(function);
  result.graph = expansion.all(model.graph);
  if (model.training_info) {
    auto info = std::make_shared<TrainingInfo>(*model.training_info);
    info->algorithm = expansion.all(info->algorithm);
    info->initialization = expansion.all(info->initialization);
    result.training_info = std::move(info);
  }
  return result;
}

ExpandFunction inlined_call() {
  return inlined;
}

}  // namespace twingrad
