#include "training/draws.h"

#include <algorithm>

#include "ir/error.h"
#include "ir/expression.h"
#include "training/graph_copy.h"

namespace twingrad {
namespace {

struct Draw {
  std::string name;
  Type type;  // of what is given
};

bool is_random(const Node& node) {
  return node.op != nullptr && node.op->op_class == OpClass::kRandom && !node.outputs.empty() &&
         node.outputs[0] != kNoValue;
}

bool is_dropout(const Node& node) {
  return node.op->domain.empty() && node.op->name == "Dropout";
}

// The draws of a graph at any depth.
std::vector<Draw> draws_of(const Graph& graph) {
  std::vector<Draw> result;
  for (const Node& node : graph.nodes()) {
    for (const GraphPointer& nested : nested_graphs(node.attributes)) {
      for (Draw& draw : draws_of(*nested)) result.push_back(std::move(draw));
    }
    if (!is_random(node)) continue;
    Type type = graph.value(is_dropout(node) ? node.inputs[0] : node.outputs[0]).type;
    if (is_dropout(node)) type.element = DataType::kBool;
    result.push_back({graph.value(node.outputs[0]).name, std::move(type)});
  }
  return result;
}

// A Dropout with its mask. Returns its outputs.
std::vector<Expr> masked(Builder& builder, const NodeSpec& spec, Expr mask) {
  const Expr x(builder, spec.inputs[0]);
  const auto given = [&](size_t i) { return i < spec.inputs.size() && spec.inputs[i] != kNoValue; };
  const Tensor* mode = given(2) ? builder.known(spec.inputs[2]) : nullptr;
  if (!given(2) || (mode != nullptr && element_as_double(*mode, 0) == 0)) {
    return {x.apply("Identity"), equal(mask, mask)};
  }
  const Expr ratio = given(1) ? cast(Expr(builder, spec.inputs[1]), x.element()) : x.like(0.5);
  const Expr dropped = x * cast(mask, x.element()) / (1 - ratio);
  if (mode != nullptr) return {dropped, mask.apply("Identity")};
  const Expr training(builder, spec.inputs[2]);
  return {where(training, dropped, x), mask.apply("Or", {logical_not(training)})};
}

class DrawReplacer {
 public:
  explicit DrawReplacer(const std::vector<Draw>& draws) : draws_(draws) {}

  // `given`: the draws that the target has been given, by name.
  using Given = std::map<std::string, ValueId>;
  void rewrite(const Graph& source, Builder& target, ValueMap& map, const Given& given) const;

 private:
  void replace(const Graph& source, const Node& node, Builder& target, ValueMap& map,
               ValueId draw) const;
  // The node with the draws that its nested graphs need as captures.
  void pass_on(const Graph& source, const Node& node, Builder& target, ValueMap& map,
               const Given& given) const;
  GraphPointer nested(const Graph& source, const std::vector<Draw>& passed) const;
  std::vector<Draw> needed_inside(const Node& node) const;
  bool is_asked_for(const std::string& name) const {
    return std::ranges::find(draws_, name, &Draw::name) != draws_.end();
  }

  const std::vector<Draw>& draws_;
};

std::vector<Draw> DrawReplacer::needed_inside(const Node& node) const {
  std::vector<Draw> needed;
  for (const GraphPointer& graph : nested_graphs(node.attributes)) {
    for (Draw& draw : draws_of(*graph)) {
      if (is_asked_for(draw.name)) needed.push_back(std::move(draw));
    }
  }
  return needed;
}

GraphPointer DrawReplacer::nested(const Graph& source, const std::vector<Draw>& passed) const {
  auto result = std::make_shared<Graph>();
  Builder builder(*result);
  ValueMap map = copy_frame(source, builder);
  Given given;
  for (const Draw& draw : passed) {
    Value value;
    value.name = result->free_name(draw.name + ".draw");
    value.type = draw.type;
    given.emplace(draw.name, result->add_input(std::move(value), true));
  }
  rewrite(source, builder, map, given);
  return result;
}

void DrawReplacer::pass_on(const Graph& source, const Node& node, Builder& target, ValueMap& map,
                           const Given& given) const {
  const std::vector<Draw> needed = needed_inside(node);
  NodeSpec spec = spec_of(source, node, map);
  for (const Draw& draw : needed) spec.captures.push_back(given.at(draw.name));
  for (const auto& [name, value] : node.attributes) {
    const auto* graph = std::get_if<GraphPointer>(&value);
    if (graph != nullptr) spec.attributes.set(name, nested(**graph, needed));
  }
  const std::vector<ValueId> outputs = target.emit(std::move(spec));
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (node.outputs[i] != kNoValue) map[static_cast<size_t>(node.outputs[i])] = outputs[i];
  }
}

void DrawReplacer::replace(const Graph& source, const Node& node, Builder& target, ValueMap& map,
                           ValueId draw) const {
  const Expr given(target, draw);
  const std::vector<Expr> outputs = is_dropout(node)
                                        ? masked(target, spec_of(source, node, map), given)
                                        : std::vector<Expr>{given.apply("Identity")};
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    if (node.outputs[i] == kNoValue) continue;
    map[static_cast<size_t>(node.outputs[i])] = outputs[i].id();
    Graph& graph = target.graph();
    graph.rename(outputs[i].id(), graph.free_name(source.value(node.outputs[i]).name));
  }
}

void DrawReplacer::rewrite(const Graph& source, Builder& target, ValueMap& map,
                           const Given& given) const {
  for (const Node& node : source.nodes()) {
    const auto draw =
        is_random(node) ? given.find(source.value(node.outputs[0]).name) : given.end();
    target.set_recording(node.recorded);
    if (draw != given.end()) {
      replace(source, node, target, map, draw->second);
    } else if (!needed_inside(node).empty()) {
      pass_on(source, node, target, map, given);
    } else {
      replay_node(source, node, target, map);
    }
  }
  target.graph().set_outputs(mapped(source.outputs(), map));
}

}  // namespace

std::vector<std::string> drawn_values(const Graph& graph) {
  std::vector<std::string> names;
  for (const Draw& draw : draws_of(graph)) names.push_back(draw.name);
  return names;
}

DrawnGraph with_draws(const Graph& graph, const std::vector<std::string>& names) {
  std::vector<Draw> draws;
  for (Draw& draw : draws_of(graph)) {
    if (std::ranges::find(names, draw.name) != names.end()) draws.push_back(std::move(draw));
  }
  for (const std::string& name : names) {
    check(std::ranges::count(draws, name, &Draw::name) == 1, "not one random node has the output ",
          quoted_name(name));
  }
  DrawnGraph result;
  Builder builder(result.graph);
  ValueMap map = copy_frame(graph, builder);
  DrawReplacer::Given given;
  for (const Draw& draw : draws) {
    const std::string input = result.graph.free_name(draw.name + ".draw");
    given.emplace(draw.name, builder.input(input, draw.type));
    result.inputs.emplace(draw.name, input);
  }
  DrawReplacer(draws).rewrite(graph, builder, map, given);
  return result;
}

}  // namespace twingrad
