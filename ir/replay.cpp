#include "ir/replay.h"

#include <algorithm>

#include "ir/error.h"
#include "ir/model.h"

namespace twingrad {
namespace {

// A nested graph with the references in it (at any depth) replaced by the call's attributes.
GraphPointer with_attributes(const Graph& graph, const Attributes& call, const Function& function);

Attributes resolved(const Attributes& attributes, const Attributes& call,
                    const Function& function) {
  Attributes result;
  for (const auto& [name, value] : attributes) {
    if (const auto* reference = std::get_if<AttributeReference>(&value)) {
      const AttributeValue* given = call.find(reference->name);
      if (given == nullptr) given = function.default_attributes.find(reference->name);
      if (given != nullptr) result.set(name, *given);
    } else if (const auto* graph = std::get_if<GraphPointer>(&value)) {
      result.set(name, with_attributes(**graph, call, function));
    } else {
      result.set(name, value);
    }
  }
  return result;
}

void replay_body(const Graph& source, Builder& target, ValueMap& map, const Attributes& call,
                 const Function& function) {
  for (const Node& node : source.nodes()) {
    NodeSpec spec = spec_of(source, node, map);
    spec.attributes = resolved(node.attributes, call, function);
    const std::vector<ValueId> outputs = target.emit(std::move(spec));
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (node.outputs[i] != kNoValue) map[static_cast<size_t>(node.outputs[i])] = outputs[i];
    }
  }
}

// The inputs of `source` as inputs of the empty graph behind `target`, under the given types, and
// its data. All keep their names, which are free there.
ValueMap copy_inputs_and_data(const Graph& source, Builder& target, std::span<const Type> types) {
  std::vector<ValueId> inputs;
  for (size_t i = 0; i < source.inputs().size(); ++i) {
    Value value = source.value(source.inputs()[i]);
    value.type = types[i];
    inputs.push_back(target.graph().add_input(std::move(value), i >= source.formal_count()));
  }
  ValueMap map(source.values().size(), kNoValue);
  for (size_t i = 0; i < map.size(); ++i) {
    const Value& value = source.values()[i];
    const bool is_data =
        value.kind == Value::Kind::kInitializer || value.kind == Value::Kind::kConstant;
    if (is_data) map[i] = target.graph().add_value(value);
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    map[static_cast<size_t>(source.inputs()[i])] = inputs[i];
  }
  return map;
}

GraphPointer with_attributes(const Graph& graph, const Attributes& call, const Function& function) {
  auto copy = std::make_shared<Graph>();
  Builder builder(*copy);
  copy_texts(graph, *copy);
  std::vector<Type> types;
  for (const ValueId id : graph.inputs()) types.push_back(graph.value(id).type);
  ValueMap map = copy_inputs_and_data(graph, builder, types);
  replay_body(graph, builder, map, call, function);
  copy->set_outputs(mapped(graph.outputs(), map));
  return copy;
}

}  // namespace

std::vector<ValueId> mapped(std::span<const ValueId> ids, const ValueMap& map) {
  std::vector<ValueId> result;
  result.reserve(ids.size());
  for (const ValueId id : ids) {
    result.push_back(id == kNoValue ? kNoValue : map[static_cast<size_t>(id)]);
  }
  return result;
}

ValueMap replay_data(const Graph& source, Builder& target, const std::vector<bool>* wanted) {
  ValueMap map(source.values().size(), kNoValue);
  for (size_t i = 0; i < source.values().size(); ++i) {
    const Value& value = source.values()[i];
    if (value.kind != Value::Kind::kInitializer && value.kind != Value::Kind::kConstant) continue;
    if (wanted != nullptr && !(*wanted)[i]) continue;
    map[i] = value.kind == Value::Kind::kConstant
                 ? target.constant(*value.data)
                 : target.initializer(target.graph().free_name(value.name), *value.data);
    const bool is_named = value.kind == Value::Kind::kConstant && !value.made_up_name;
    if (is_named && !target.graph().find(value.name)) target.graph().rename(map[i], value.name);
    Value& copy = target.graph().value(map[i]);
    copy.doc_string = value.doc_string;
    copy.metadata = value.metadata;
    copy.stored_sparse = value.stored_sparse;
  }
  return map;
}

void copy_texts(const Graph& source, Graph& target) {
  target.name = source.name;
  target.doc_string = source.doc_string;
  target.metadata = source.metadata;
}

ValueMap replay_frame(const Graph& source, Builder& target, const std::vector<bool>* wanted,
                      std::span<const Type> types) {
  copy_texts(source, target.graph());
  std::vector<ValueId> inputs;
  for (size_t i = 0; i < source.inputs().size(); ++i) {
    Value value = source.value(source.inputs()[i]);
    if (!types.empty()) value.type = types[i];
    inputs.push_back(target.graph().add_input(std::move(value), i >= source.formal_count()));
  }
  ValueMap map = replay_data(source, target, wanted);
  for (size_t i = 0; i < inputs.size(); ++i) {
    map[static_cast<size_t>(source.inputs()[i])] = inputs[i];
  }
  return map;
}

NodeSpec spec_of(const Graph& source, const Node& node, const ValueMap& map) {
  NodeSpec spec;
  spec.op = node.op != nullptr ? node.op->name : std::string_view(node.function->name);
  spec.domain = node.op != nullptr ? node.op->domain : std::string_view(node.function->domain);
  spec.function = node.function;
  std::vector<ValueId> inputs = mapped(node.inputs, map);
  const auto own = static_cast<std::ptrdiff_t>(inputs.size() - node.captures);
  spec.captures.assign(inputs.begin() + own, inputs.end());
  inputs.resize(static_cast<size_t>(own));
  spec.inputs = std::move(inputs);
  spec.attributes = node.attributes;
  spec.output_count = node.outputs.size();
  for (const ValueId id : node.outputs) {
    spec.outputs.push_back(id == kNoValue ? std::nullopt : std::optional(source.value(id).name));
  }
  spec.name = node.name;
  spec.doc_string = node.doc_string;
  spec.metadata = node.metadata;
  return spec;
}

void replay_node(const Graph& source, const Node& node, Builder& target, ValueMap& map) {
  const bool recording = target.recording();
  target.set_recording(recording && node.recorded);
  const std::vector<ValueId> outputs = target.emit(spec_of(source, node, map));
  target.set_recording(recording);
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (node.outputs[i] == kNoValue) continue;
    map[static_cast<size_t>(node.outputs[i])] = outputs[i];
    const Value& value = source.value(node.outputs[i]);
    if (value.doc_string.empty() && value.metadata.empty()) continue;
    Value& copy = target.graph().value(outputs[i]);
    copy.doc_string = value.doc_string;
    copy.metadata = value.metadata;
  }
}

std::vector<ValueId> replay(const Graph& source, Builder& target, std::span<const ValueId> inputs) {
  ValueMap map = replay_data(source, target);
  check(inputs.size() == source.inputs().size(), "graph ", quoted_name(source.name), " has ",
        source.inputs().size(), " inputs, got ", inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    map[static_cast<size_t>(source.inputs()[i])] = inputs[i];
  }
  for (const Node& node : source.nodes()) replay_node(source, node, target, map);
  return mapped(source.outputs(), map);
}

GraphPointer retyped(const GraphPointer& graph, std::span<const Type> inputs) {
  check(inputs.size() == graph->inputs().size(), "nested graph ", quoted_name(graph->name), " has ",
        graph->inputs().size(), " inputs, expected ", inputs.size());
  bool same = true;
  for (size_t i = 0; i < inputs.size(); ++i) {
    same = same && graph->value(graph->inputs()[i]).type == inputs[i];
  }
  if (same) return graph;
  auto copy = std::make_shared<Graph>();
  Builder builder(*copy);
  copy_texts(*graph, *copy);
  ValueMap map = copy_inputs_and_data(*graph, builder, inputs);
  for (const Node& node : graph->nodes()) replay_node(*graph, node, builder, map);
  copy->set_outputs(mapped(graph->outputs(), map));
  return copy;
}

std::vector<ValueId> inline_call(const Function& function, const Attributes& attributes,
                                 Builder& target, std::span<const ValueId> inputs) {
  for (const std::string& name : function.required_attributes) {
    check(attributes.has(name), "attribute ", quoted_name(name), " is missing");
  }
  const Graph& body = function.body;
  ValueMap map = replay_data(body, target);
  for (size_t i = 0; i < body.inputs().size(); ++i) {
    map[static_cast<size_t>(body.inputs()[i])] = i < inputs.size() ? inputs[i] : kNoValue;
  }
  replay_body(body, target, map, attributes, function);
  return mapped(body.outputs(), map);
}

}  // namespace twingrad
