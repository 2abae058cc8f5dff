#include "importers/onnx/graph_reader.h"

#include <unordered_map>
#include <unordered_set>

#include "importers/onnx/attribute_reader.h"
#include "importers/onnx/field_notes.h"
#include "importers/onnx/type_reader.h"
#include "importers/onnx/unknown_fields.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// From this version on, initializers need not be inputs; those that are, are defaults of them.
constexpr int64_t kFreeInitializers = 4;

using Initializers = std::unordered_map<std::string_view, const onnx::TensorProto*>;

Initializers dense_initializers(const onnx::GraphProto& proto) {
  Initializers initializers;
  for (const auto& tensor : proto.initializer()) {
    const bool added = initializers.emplace(tensor.name(), &tensor).second;
    check(added, "initializer ", quoted_name(tensor.name()), " is defined twice");
  }
  return initializers;
}

// Whether two types differ in their shapes only.
bool same_but_for_shape(const Type& a, const Type& b) {
  return a.is_tensor() && b.is_tensor() && a.element == b.element;
}

// Joins what is declared of a value with what is known of it. What a node gives decides where its
// shape is declared otherwise, as in onnxruntime: exporters declare shapes of their first example.
void apply(const onnx::ValueInfoProto& info, Value& value, std::vector<std::string>& warnings) {
  try {
    check_unknown_fields(info, {onnx_field::kValueMetadata});
    const Type declared = info.has_type() ? read_type(info.type()) : Type();
    try {
      value.type = intersection_of(value.type, declared);
    } catch (const Error&) {
      if (value.kind != Value::Kind::kResult || !same_but_for_shape(value.type, declared)) throw;
      warnings.push_back(join_text("value ", quoted_name(info.name()), " is declared ", declared,
                                   ", its node gives ", value.type));
    }
    if (!info.doc_string().empty()) value.doc_string = info.doc_string();
    Metadata metadata = unknown_metadata(info, onnx_field::kValueMetadata);
    if (!metadata.empty()) value.metadata = std::move(metadata);
    if (info.has_type()) note_type(info.type(), value.metadata);
  } catch (const Error& error) {
    throw error.at("value " + quoted_name(info.name()));
  }
}

void read_texts(const onnx::GraphProto& proto, Graph& graph) {
  check_unknown_fields(proto, {onnx_field::kGraphMetadata});
  graph.name = proto.name();
  graph.doc_string = proto.doc_string();
  graph.metadata = unknown_metadata(proto, onnx_field::kGraphMetadata);
}

void read_annotations(const onnx::GraphProto& proto, Graph& graph, const Scope& scope) {
  for (const auto& annotation : proto.quantization_annotation()) {
    const auto found = scope.values.find(annotation.tensor_name());
    check(found != scope.values.end() && found->second != kNoValue,
          "a quantization annotation for value ", quoted_name(annotation.tensor_name()),
          ", which graph ", quoted_name(proto.name()), " does not have");
    note_quantization(annotation, graph.value(found->second).metadata);
  }
}

void read_outputs(const onnx::GraphProto& proto, Graph& graph, const Scope& scope) {
  std::vector<ValueId> outputs;
  for (const auto& output : proto.output()) {
    try {
      outputs.push_back(scope.find(output.name()));
      check(outputs.back() != kNoValue, "an input that the call omits");
    } catch (const Error& error) {
      throw error.at("output of graph " + quoted_name(proto.name()));
    }
  }
  graph.set_outputs(std::move(outputs));
}

}  // namespace

void GraphReader::add_capture(const Capture& capture, const Builder& around, Graph& graph,
                              Scope& scope) {
  ValueId id = kNoValue;
  if (capture.id != kNoValue) {
    id = Builder(graph).capture(std::string(capture.name), around, capture.id);
  }
  scope.values.emplace(capture.name, id);
}

void GraphReader::define(Graph& graph, Scope& scope, std::string_view name, ValueId id) {
  check(!name.empty(), "a value has no name");
  scope.define(name, id);
  const auto [first, last] = scope.declared.equal_range(name);
  for (auto info = first; info != last; ++info) apply(*info->second, graph.value(id), warnings_);
}

void GraphReader::read_input(const onnx::ValueInfoProto& info, const onnx::TensorProto* initializer,
                             Graph& graph, Scope& scope) {
  Value value;
  value.name = info.name();
  check(!value.name.empty(), "an input has no name");
  check(!scope.values.contains(value.name), "value ", quoted_name(value.name), " is defined twice");
  apply(info, value, warnings_);
  if (initializer != nullptr) {
    value.data = tensors_.read(*initializer);
    try {
      value.type = intersection_of(
          value.type, Type::tensor(value.data->type(), PartialShape(value.data->shape())));
    } catch (const Error& error) {
      throw error.at("input " + quoted_name(info.name()) + " and its initializer");
    }
  }
  check(scope.outer != nullptr || !value.type.is_unknown(), "input ", quoted_name(value.name),
        " has no type");
  define(graph, scope, info.name(), graph.add_input(std::move(value)));
}

void GraphReader::read_initializer(const onnx::TensorProto& proto,
                                   const onnx::SparseTensorProto* sparse, ImportBuilder& builder,
                                   Scope& scope) {
  check(!proto.name().empty(), "an initializer has no name");
  check(!scope.values.contains(proto.name()), "value ", quoted_name(proto.name()),
        " is defined twice");
  Tensor data = sparse != nullptr ? to_dense(tensors_.read(*sparse)) : tensors_.read(proto);
  const ValueId id = builder.initializer(proto.name(), std::move(data));
  Value& value = builder.graph().value(id);
  value.doc_string = proto.doc_string();
  value.metadata = unknown_metadata(proto, onnx_field::kTensorMetadata);
  value.stored_sparse = sparse != nullptr;
  define(builder.graph(), scope, proto.name(), id);
}

void GraphReader::read_graph(const onnx::GraphProto& proto, ImportBuilder& builder, Scope& scope,
                             const Builder* around, std::span<const Capture> captures) {
  Graph& graph = builder.graph();
  read_texts(proto, graph);
  scope.declare(proto.value_info());
  scope.declare(proto.output());
  const Initializers initializers = dense_initializers(proto);
  std::unordered_set<std::string_view> defaults;
  for (const auto& info : proto.input()) {
    const auto found = initializers.find(info.name());
    const bool initialized = found != initializers.end();
    if (initialized && ir_version_ < kFreeInitializers) {
      scope.declared.emplace(info.name(), &info);
      continue;
    }
    read_input(info, initialized ? found->second : nullptr, graph, scope);
    if (initialized) defaults.insert(info.name());
  }
  for (const Capture& capture : captures) add_capture(capture, *around, graph, scope);
  for (const auto& tensor : proto.initializer()) {
    if (!defaults.contains(tensor.name())) read_initializer(tensor, nullptr, builder, scope);
  }
  for (const auto& sparse : proto.sparse_initializer()) {
    read_initializer(sparse.values(), &sparse, builder, scope);
  }
  read_nodes(proto.node(), builder, scope);
  read_outputs(proto, graph, scope);
  read_annotations(proto, graph, scope);
}

GraphPointer GraphReader::read_nested(const onnx::GraphProto& proto, const Builder& around,
                                      const Scope& scope, std::span<const Capture> captures) {
  auto graph = std::make_shared<Graph>();
  ImportBuilder builder(*graph, names_);
  Scope inner = scope.nested();
  read_graph(proto, builder, inner, &around, captures);
  return graph;
}

Graph GraphReader::read_main(const onnx::GraphProto& proto, const Opsets& opsets) {
  Graph graph;
  ImportBuilder builder(graph, names_);
  Scope scope;
  scope.opsets = &opsets;
  read_graph(proto, builder, scope, nullptr, {});
  return graph;
}

void GraphReader::read_function(ModelFunction& function) {
  const ReadNestedGraph refuse = [](const onnx::GraphProto&) -> GraphPointer {
    fail_unsupported("a graph as the default of an attribute is not supported");
  };
  Metadata notes;
  for (const auto& proto : function.defaults) {
    function.default_attributes.set(proto.name(), read_attribute(proto, tensors_, refuse));
    note_attribute(proto, notes);
  }
  if (function.written_out) return;
  auto read = std::make_shared<Function>();
  const onnx::FunctionProto& proto = *function.proto;
  read->domain = function.domain;
  read->name = function.name;
  read->overload = function.overload;
  read->doc_string = proto.doc_string();
  read->metadata = unknown_metadata(proto, onnx_field::kFunctionMetadata);
  read->metadata.insert(read->metadata.end(), notes.begin(), notes.end());
  read->required_attributes = {proto.attribute().begin(), proto.attribute().end()};
  read->default_attributes = function.default_attributes;
  read->opset_imports = function.opsets.imports();
  ImportBuilder builder(read->body, names_);
  Scope scope;
  scope.opsets = &function.opsets;
  scope.function = &function;
  for (const auto& info : function.values) scope.declared.emplace(info.name(), &info);
  for (const auto& name : proto.input()) {
    define(read->body, scope, name, builder.input(name, Type()));
  }
  read_nodes(proto.node(), builder, scope);
  std::vector<ValueId> outputs;
  for (const auto& name : proto.output()) outputs.push_back(scope.find(name));
  read->body.set_outputs(std::move(outputs));
  function.function = std::move(read);
}

}  // namespace twingrad
