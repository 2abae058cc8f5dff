#include "exporters/onnx/lower.h"

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <set>

#include "exporters/onnx/required_opset.h"
#include "ir/error.h"
#include "ir/expression.h"
#include "ir/replay.h"

namespace twingrad {
namespace {

bool is_internal(const Node& node) {
  return node.op != nullptr && node.op->domain == kInternalDomain;
}

void collect_stuck(const Graph& graph, std::set<std::string>& found) {
  for (const Node& node : graph.nodes()) {
    if (is_internal(node) && node.op->expand == nullptr) found.insert(node.op->full_name());
    for (const auto& nested : nested_graphs(node.attributes)) collect_stuck(*nested, found);
  }
}

using Expansion = std::vector<ValueId> (*)(Builder& builder, const Node& node,
                                           std::span<const ValueId> inputs);

// Shape with `start` and `end`, which came with opset 15.
std::vector<ValueId> slice_of_shape(Builder& builder, const Node& node,
                                    std::span<const ValueId> inputs) {
  const Expr whole(builder, builder.emit_one("Shape", {inputs[0]}));
  const AttributeValue* end = node.attributes.find("end");
  const int64_t last =
      end != nullptr ? std::get<int64_t>(*end) : std::numeric_limits<int64_t>::max();
  return {slice(whole, 0, node.attributes.integer("start"), last).id()};
}

std::vector<ValueId> product_with_hard_sigmoid(Builder& builder, const Node&,
                                               std::span<const ValueId> inputs) {
  const Expr x(builder, inputs[0]);
  return {(x * x.apply("HardSigmoid", {}, {{"alpha", 1.0F / 6}, {"beta", 0.5F}})).id()};
}

// nullptr: the operator cannot be written in terms of others.
Expansion expansion_of(const Node& node) {
  if (node.op == nullptr) return nullptr;
  const std::string name = node.op->full_name();
  if (name == "Shape") return slice_of_shape;
  if (name == "HardSwish") return product_with_hard_sigmoid;
  return node.op->expand;
}

class Lowering {
 public:
  Lowering(const Model& model, std::optional<int64_t> opset)
      : opset_(opset), types_(element_types(model)) {}

  // One level; expansions may hold internal operators again.
  Graph once(const Graph& source) {
    Graph target;
    target.name = source.name;
    target.doc_string = source.doc_string;
    target.metadata = source.metadata;
    Builder builder(target);
    ValueMap map(source.values().size(), kNoValue);
    for (size_t i = 0; i < source.inputs().size(); ++i) {
      const ValueId id = source.inputs()[i];
      map[static_cast<size_t>(id)] = target.add_input(source.value(id), i >= source.formal_count());
    }
    const ValueMap data = replay_data(source, builder);
    for (size_t i = 0; i < map.size(); ++i) map[i] = std::max(map[i], data[i]);
    for (const Node& node : source.nodes()) {
      is_lowered(source, node) ? expand(source, node, builder, map)
                               : copy(source, node, builder, map);
    }
    target.set_outputs(mapped(source.outputs(), map));
    return target;
  }

  std::shared_ptr<const Function> function(const std::shared_ptr<const Function>& source) {
    auto& held = functions_[source.get()];
    if (held) return held;
    if (!needs_lowering(source->body)) return held = source;
    auto copy = std::make_shared<Function>(*source);
    copy->body = all(source->body);
    return held = std::move(copy);
  }

  Graph all(const Graph& source) {
    constexpr int kDeepestExpansion = 32;
    Graph graph = once(source);
    for (int depth = 0; needs_lowering(graph); ++depth) {
      check_stuck(graph);
      check(depth < kDeepestExpansion, "operators expand to one another without an end");
      graph = once(graph);
    }
    return graph;
  }

  static void check_stuck(const Graph& graph) {
    std::set<std::string> stuck;
    collect_stuck(graph, stuck);
    if (stuck.empty()) return;
    std::string list;
    for (const std::string& name : stuck) list += (list.empty() ? "" : ", ") + name;
    fail_unsupported("ONNX cannot express the operators ", list);
  }

 private:
  bool is_lowered(const Graph& graph, const Node& node) const {
    if (is_internal(node)) return true;
    return opset_ && expansion_of(node) != nullptr && required_opset(graph, node, types_) > *opset_;
  }

  bool needs_lowering(const Graph& graph) const {
    return std::ranges::any_of(graph.nodes(), [&](const Node& node) {
      return is_lowered(graph, node) ||
             std::ranges::any_of(nested_graphs(node.attributes),
                                 [this](const auto& nested) { return needs_lowering(*nested); });
    });
  }

  void copy(const Graph& source, const Node& node, Builder& builder, ValueMap& map) {
    Node changed = node;
    for (const auto& [name, value] : node.attributes) {
      if (const auto* graph = std::get_if<GraphPointer>(&value); graph && needs_lowering(**graph)) {
        changed.attributes.set(name, std::make_shared<const Graph>(all(**graph)));
      }
    }
    if (changed.function) changed.function = function(changed.function);
    replay_node(source, changed, builder, map);
  }

  static void expand(const Graph& source, const Node& node, Builder& builder, ValueMap& map) {
    const auto first_new = static_cast<ValueId>(builder.graph().values().size());
    const auto outputs = expansion_of(node)(builder, node, mapped(node.inputs, map));
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

  std::optional<int64_t> opset_;
  TypeSet types_;
  std::map<const Function*, std::shared_ptr<const Function>> functions_;
};

}  // namespace

Model lowered(const Model& model, std::optional<int64_t> opset) {
  Lowering::check_stuck(model.graph);
  Lowering lowering(model, opset);
  Model result = model;
  for (auto& function : result.functions) function = lowering.function(function);
  result.graph = lowering.all(model.graph);
  return result;
}

}  // namespace twingrad
