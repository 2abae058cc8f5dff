#include <algorithm>
#include <charconv>

#include "importers/onnx/attribute_reader.h"
#include "importers/onnx/field_notes.h"
#include "importers/onnx/graph_reader.h"
#include "importers/onnx/node_order.h"
#include "importers/onnx/node_place.h"
#include "importers/onnx/unknown_fields.h"
#include "importers/onnx/upgrade/upgrade.h"
#include "ir/domains.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// A nested graph takes the types that its node's inputs have, so those that the file declares for
// its inputs are compared here. Shapes may be given anew by the operator, element types not.
void check_declared(const Graph& declared, const Graph& typed) {
  const size_t count = std::min(declared.formal_count(), typed.formal_count());
  for (size_t i = 0; i < count; ++i) {
    const Value& value = declared.value(declared.inputs()[i]);
    const Type& actual = typed.value(typed.inputs()[i]).type;
    if (value.type.is_unknown() || actual.is_unknown()) continue;
    check(value.type.kind == actual.kind && value.type.element == actual.element, "input ",
          quoted_name(value.name), " of nested graph ", quoted_name(declared.name), " is declared ",
          value.type, " and gets ", actual);
  }
}

void check_nested(std::span<const GraphPointer> declared, const Attributes& attributes) {
  const std::vector<GraphPointer> typed = nested_graphs(attributes);
  for (size_t i = 0; i < std::min(declared.size(), typed.size()); ++i) {
    check_declared(*declared[i], *typed[i]);
  }
}

// The value that a reference has in a call; nullptr where it has none.
const AttributeValue* referred(const AttributeReference& reference, const Scope& scope) {
  check(scope.function != nullptr, "refers to attribute ", quoted_name(reference.name),
        " outside of a function");
  check(scope.function->declares(reference.name), "refers to attribute ",
        quoted_name(reference.name), ", which function ", quoted_name(scope.function->name),
        " does not have");
  if (scope.call == nullptr) return nullptr;
  const AttributeValue* value = scope.call->find(reference.name);
  if (value == nullptr) value = scope.function->default_attributes.find(reference.name);
  check(value == nullptr || attribute_type(*value) == reference.type, "refers to attribute ",
        quoted_name(reference.name), ", which is of another type");
  return value;
}

// Which random numbers a node draws is written as metadata, since ONNX has no word for it.
void take_stream(NodeSpec& spec) {
  check(!spec.attributes.has("stream"), "unknown attribute 'stream'");
  const auto entry = std::ranges::find(spec.metadata, "twingrad.stream",
                                       &std::pair<std::string, std::string>::first);
  if (entry == spec.metadata.end()) return;
  int64_t stream = 0;
  const char* end = entry->second.data() + entry->second.size();
  const auto [stop, problem] = std::from_chars(entry->second.data(), end, stream);
  check(problem == std::errc() && stop == end, "metadata 'twingrad.stream' is ",
        quoted_name(entry->second), ", expected a number");
  spec.attributes.set("stream", stream);
  spec.metadata.erase(entry);
}

}  // namespace

Attributes GraphReader::read_attributes(const onnx::NodeProto& node, const Builder& builder,
                                        const Scope& scope, std::span<const Capture> captures) {
  Attributes attributes;
  for (const auto& proto : node.attribute()) {
    check(!proto.name().empty(), "an attribute has no name");
    check(!attributes.has(proto.name()), "attribute ", quoted_name(proto.name()),
          " is given twice");
    AttributeValue value = read_attribute(proto, tensors_, [&](const onnx::GraphProto& graph) {
      return read_nested(graph, builder, scope, captures);
    });
    const auto* reference = std::get_if<AttributeReference>(&value);
    if (reference == nullptr) {
      attributes.set(proto.name(), std::move(value));
      continue;
    }
    const AttributeValue* given = referred(*reference, scope);
    if (scope.call == nullptr) {
      attributes.set(proto.name(), std::move(value));
    } else if (given != nullptr) {
      attributes.set(proto.name(), *given);
    }
  }
  return attributes;
}

NodeSpec GraphReader::read_spec(const onnx::NodeProto& node, ImportBuilder& builder,
                                const Scope& scope) {
  check_unknown_fields(node, {onnx_field::kNodeOverload, onnx_field::kNodeMetadata});
  NodeSpec spec;
  spec.op = node.op_type();
  spec.domain = domain_of(node.domain());
  spec.name = node.name();
  spec.doc_string = node.doc_string();
  spec.metadata = unknown_metadata(node, onnx_field::kNodeMetadata);
  for (const auto& attribute : node.attribute()) note_attribute(attribute, spec.metadata);
  for (const auto& name : node.input()) {
    spec.inputs.push_back(name.empty() ? kNoValue : scope.find(name));
  }
  std::vector<Capture> captures;
  for (const std::string_view name : captured_names(node)) {
    captures.push_back({name, scope.find(name)});
    if (captures.back().id != kNoValue) spec.captures.push_back(captures.back().id);
  }
  spec.attributes = read_attributes(node, builder, scope, captures);
  spec.output_count = static_cast<size_t>(node.output_size());
  for (const auto& name : node.output()) {
    if (name.empty()) {
      spec.outputs.emplace_back(std::nullopt);
    } else if (const auto result = scope.results.find(name); result != scope.results.end()) {
      spec.outputs.emplace_back(result->second);
    } else {
      spec.outputs.emplace_back(scope.prefix.empty() ? name : names_.fresh(scope.prefix + name));
    }
  }
  return spec;
}

void GraphReader::read_node(const onnx::NodeProto& node, ImportBuilder& builder, Scope& scope) {
  NodeSpec spec;
  try {
    spec = read_spec(node, builder, scope);
    if (functions_.find(node) == nullptr) take_stream(spec);
    for (const auto& name : node.output()) {
      check(name.empty() || !scope.values.contains(name), "value ", quoted_name(name),
            " is defined twice");
    }
  } catch (const Error& error) {
    throw error.at(node_place(node));
  }
  const std::vector<GraphPointer> declared = nested_graphs(spec.attributes);
  std::vector<ValueId> outputs;
  if (const ModelFunction* function = functions_.find(node)) {
    outputs = call(*function, std::move(spec), builder);
  } else if (spec.domain.empty() || spec.domain == kMlDomain) {
    const int64_t version = scope.opsets->version(spec.domain);
    outputs = emit_upgraded(builder, std::move(spec), version);
  } else {
    outputs = builder.emit(std::move(spec));
  }
  try {
    const Graph& graph = builder.graph();
    if (!declared.empty()) check_nested(declared, graph.nodes().back().attributes);
    for (int i = 0; i < node.output_size(); ++i) {
      if (node.output(i).empty()) continue;
      define(builder.graph(), scope, node.output(i), outputs[static_cast<size_t>(i)]);
    }
  } catch (const Error& error) {
    throw error.at(node_place(node));
  }
}

void GraphReader::read_nodes(const google::protobuf::RepeatedPtrField<onnx::NodeProto>& nodes,
                             ImportBuilder& builder, Scope& scope) {
  for (const onnx::NodeProto* node : in_order(nodes)) read_node(*node, builder, scope);
}

std::vector<ValueId> GraphReader::call(const ModelFunction& function, NodeSpec spec,
                                       ImportBuilder& builder) {
  try {
    const onnx::FunctionProto& proto = *function.proto;
    const auto inputs = static_cast<size_t>(proto.input_size());
    const auto outputs = static_cast<size_t>(proto.output_size());
    check(spec.inputs.size() <= inputs, "has ", spec.inputs.size(), " inputs, the function has ",
          inputs);
    check(spec.output_count <= outputs, "has ", spec.output_count, " outputs, the function has ",
          outputs);
    check(spec.captures.empty(), "a function cannot be given a graph");
    for (const auto& [name, value] : spec.attributes) {
      check(function.declares(name), "the function has no attribute ", quoted_name(name));
    }
    for (const auto& name : proto.attribute()) {
      check(spec.attributes.has(name), "attribute ", quoted_name(name), " is missing");
    }
    if (function.written_out) return write_out(function, spec, builder);
  } catch (const Error& error) {
    throw error.at(node_place(spec.name, function.name));
  }
  spec.op = function.name;
  spec.function = function.function;
  return builder.emit(std::move(spec));
}

std::vector<ValueId> GraphReader::write_out(const ModelFunction& function, const NodeSpec& spec,
                                            ImportBuilder& builder) {
  const onnx::FunctionProto& proto = *function.proto;
  Scope scope;
  scope.opsets = &function.opsets;
  scope.function = &function;
  scope.call = &spec.attributes;
  scope.prefix = (spec.name.empty() ? function.name : spec.name) + "/";
  for (const auto& info : function.values) scope.declared.emplace(info.name(), &info);
  for (size_t i = 0; i < static_cast<size_t>(proto.input_size()); ++i) {
    const ValueId id = i < spec.inputs.size() ? spec.inputs[i] : kNoValue;
    scope.define(proto.input(static_cast<int>(i)), id);
  }
  for (size_t i = 0; i < spec.output_count; ++i) {
    if (spec.outputs[i]) scope.results.emplace(proto.output(static_cast<int>(i)), *spec.outputs[i]);
  }
  read_nodes(proto.node(), builder, scope);
  std::vector<ValueId> outputs;
  for (size_t i = 0; i < spec.output_count; ++i) {
    ValueId id = kNoValue;
    if (spec.outputs[i]) {
      id = scope.find(proto.output(static_cast<int>(i)));
      check(id != kNoValue, "an input that the call omits is an output");
      // An input that is handed through, or a second output of the same value.
      if (builder.graph().value(id).name != *spec.outputs[i]) {
        NodeSpec copy{.op = "Identity", .inputs = {id}};
        copy.outputs = {*spec.outputs[i]};
        id = builder.emit(std::move(copy))[0];
      }
    }
    outputs.push_back(id);
  }
  return outputs;
}

}  // namespace twingrad
