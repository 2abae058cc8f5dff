#include "ir/verify.h"

#include <vector>

#include "ir/error.h"
#include "ir/op.h"
#include "ir/replay.h"

namespace twingrad {
namespace {

std::string label_of(const Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  std::string text = "node " + (node.name.empty() ? std::to_string(id) : quoted_name(node.name));
  if (node.op != nullptr) text += " (" + node.op->full_name() + ")";
  return text;
}

void check_id(const Graph& graph, ValueId id) {
  check(id >= 0 && static_cast<size_t>(id) < graph.values().size(), "there is no value ", id);
}

void check_data(const Value& value) {
  const bool needs_data =
      value.kind == Value::Kind::kInitializer || value.kind == Value::Kind::kConstant;
  check(!needs_data || value.data.has_value(), "value ", quoted_name(value.name), " has no data");
  if (!value.data) return;
  const Type actual = Type::tensor(value.data->type(), PartialShape(value.data->shape()));
  try {
    intersection_of(value.type, actual);
  } catch (const Error&) {
    fail("value ", quoted_name(value.name), " is ", value.type, ", its data ", actual);
  }
}

void check_definitions(const Graph& graph) {
  std::vector<bool> listed(graph.values().size(), false);
  for (const ValueId id : graph.inputs()) {
    check_id(graph, id);
    const Value& value = graph.value(id);
    check(!listed[static_cast<size_t>(id)], "input ", quoted_name(value.name), " is listed twice");
    listed[static_cast<size_t>(id)] = true;
  }
  for (size_t i = 0; i < graph.values().size(); ++i) {
    const Value& value = graph.values()[i];
    check(listed[i] == (value.kind == Value::Kind::kInput), "value ", quoted_name(value.name),
          listed[i] ? " is listed as an input but is none" : " is an input that is not listed");
    check((value.producer != kNoNode) == (value.kind == Value::Kind::kResult), "value ",
          quoted_name(value.name), " must have a producer if and only if it is a result");
    check_data(value);
    if (value.producer == kNoNode) continue;
    const auto nodes = static_cast<NodeId>(graph.nodes().size());
    check(value.producer >= 0 && value.producer < nodes, "value ", quoted_name(value.name),
          " comes from a node that does not exist");
    const auto& outputs = graph.node(value.producer).outputs;
    const auto position = static_cast<size_t>(value.output);
    check(position < outputs.size() && outputs[position] == static_cast<ValueId>(i), "value ",
          quoted_name(value.name), " is not output ", value.output, " of its producer");
  }
}

void check_node(const Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  check((node.op != nullptr) != (node.function != nullptr),
        "must have an operator or a function, and not both");
  for (const ValueId input : node.inputs) {
    if (input == kNoValue) continue;
    check_id(graph, input);
    check(graph.value(input).producer < id, "uses ", quoted_name(graph.value(input).name),
          " before its definition");
  }
  for (const ValueId output : node.outputs) {
    if (output == kNoValue) continue;
    check_id(graph, output);
    check(graph.value(output).producer == id, "does not define its output ",
          quoted_name(graph.value(output).name));
  }
  check(node.captures <= node.inputs.size(), "has ", node.inputs.size(), " inputs, of which ",
        node.captures, " are captures");
  for (const GraphPointer& nested : nested_graphs(node.attributes)) {
    check(nested->capture_count() == node.captures, "has ", node.captures,
          " captures, its nested graph ", nested->capture_count());
    verify(*nested);
  }
}

void check_types(const Graph& graph, const Graph& again, const ValueMap& map, const Node& node) {
  for (const ValueId output : node.outputs) {
    if (output == kNoValue) continue;
    const Type& before = graph.value(output).type;
    const Type& now = again.value(map[static_cast<size_t>(output)]).type;
    try {
      intersection_of(before, now);
    } catch (const Error&) {
      fail("output ", quoted_name(graph.value(output).name), " is ", before, ", inference says ",
           now);
    }
  }
}

// Builds the graph a second time and compares.
void check_inference(const Graph& graph) {
  Graph again;
  Builder builder(again);
  std::vector<ValueId> inputs;
  for (size_t i = 0; i < graph.inputs().size(); ++i) {
    inputs.push_back(again.add_input(graph.value(graph.inputs()[i]), i >= graph.formal_count()));
  }
  ValueMap map = replay_data(graph, builder);
  for (size_t i = 0; i < inputs.size(); ++i) {
    map[static_cast<size_t>(graph.inputs()[i])] = inputs[i];
  }
  for (const Node& node : graph.nodes()) {
    replay_node(graph, node, builder, map);
    check_types(graph, again, map, node);
  }
}

}  // namespace

void verify(const Graph& graph) {
  check_definitions(graph);
  for (size_t i = 0; i < graph.nodes().size(); ++i) {
    const auto id = static_cast<NodeId>(i);
    try {
      check_node(graph, id);
    } catch (const Error& error) {
      throw error.at(label_of(graph, id));
    }
  }
  for (const ValueId id : graph.outputs()) check_id(graph, id);
  check(graph.capture_count() <= graph.inputs().size(), "the graph has ", graph.inputs().size(),
        " inputs, of which ", graph.capture_count(), " are captures");
  check_inference(graph);
}

}  // namespace twingrad
