#include "exporters/json/graph_writer.h"

#include <algorithm>
#include <bit>
#include <set>

#include "exporters/json/element_text.h"
#include "exporters/json/undeclared_types.h"
#include "ir/error.h"
#include "ir/op.h"

namespace twingrad {
namespace {

JsonValue names_value(const Graph& graph, const std::vector<ValueId>& ids, size_t count) {
  JsonValue names = JsonValue::array();
  for (size_t i = 0; i < count; ++i) {
    names.append(JsonValue::string(ids[i] == kNoValue ? "" : graph.value(ids[i]).name));
  }
  return names;
}

JsonValue type_value(const Type& type) {
  return JsonValue::string(json_type_text(type));
}

JsonValue float_value(float value) {
  return element_value(Tensor::scalar(value), 0);
}

bool is_default(const AttributeValue& value, const AttributeDef& def) {
  if (value.index() != def.fallback.index()) return false;
  return std::visit(
      [&def](const auto& held) {
        using T = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<T, float>) {
          return std::bit_cast<uint32_t>(held) ==
                 std::bit_cast<uint32_t>(std::get<T>(def.fallback));
        } else if constexpr (std::is_same_v<T, int64_t> || std::is_same_v<T, std::string> ||
                             std::is_same_v<T, std::vector<int64_t>> ||
                             std::is_same_v<T, std::vector<std::string>>) {
          return held == std::get<T>(def.fallback);
        } else {
          return false;
        }
      },
      value);
}

void add_value_texts(JsonValue& object, const Value& value) {
  if (value.stored_sparse) object.add("sparse", JsonValue::literal("true"));
  add_text(object, "doc", value.doc_string);
  add_metadata(object, value.metadata);
}

// What is said about the results of nodes.
void add_results(JsonValue& object, const Graph& graph) {
  const std::unordered_set<ValueId> types = types_beyond_inference(graph);
  JsonValue values = JsonValue::object();
  for (size_t i = 0; i < graph.values().size(); ++i) {
    const Value& value = graph.values()[i];
    if (value.kind != Value::Kind::kResult) continue;
    const bool typed = types.contains(static_cast<ValueId>(i));
    if (value.doc_string.empty() && value.metadata.empty()) {
      if (typed) values.add(value.name, type_value(value.type));
      continue;
    }
    JsonValue said = JsonValue::object();
    if (typed) said.add("type", type_value(value.type));
    add_value_texts(said, value);
    values.add(value.name, std::move(said));
  }
  if (!values.empty()) object.add("values", std::move(values));
}

}  // namespace

void add_text(JsonValue& object, std::string_view key, std::string_view text) {
  if (!text.empty()) object.add(key, JsonValue::string(text));
}

void add_metadata(JsonValue& object, const Metadata& metadata) {
  if (metadata.empty()) return;
  std::set<std::string_view> keys;
  for (const auto& [key, value] : metadata) keys.insert(key);
  const bool unique = keys.size() == metadata.size();
  JsonValue entries = unique ? JsonValue::object() : JsonValue::array();
  for (const auto& [key, value] : metadata) {
    if (unique) {
      entries.add(key, JsonValue::string(value));
    } else {
      entries.append(JsonValue::array({JsonValue::string(key), JsonValue::string(value)}));
    }
  }
  object.add("metadata", std::move(entries));
}

void add_graph_texts(JsonValue& object, const Graph& graph) {
  add_text(object, "name", graph.name);
  add_text(object, "doc", graph.doc_string);
  add_metadata(object, graph.metadata);
}

void JsonGraphWriter::add_graph(JsonValue& object, const Graph& graph) {
  add_graph_texts(object, graph);
  add_content(object, {graph}, false);
}

void JsonGraphWriter::add_content(JsonValue& object, const WrittenScope& scope, bool closed,
                                  const std::vector<std::string>& outside) {
  const Graph& graph = scope.graph;
  add_inputs(object, graph);
  if (closed) {
    JsonValue captures = JsonValue::object();
    for (size_t i = 0; i < outside.size(); ++i) {
      const ValueId inside = graph.inputs()[graph.formal_count() + i];
      captures.add(graph.value(inside).name, JsonValue::string(outside[i]));
    }
    object.add("captures", std::move(captures));
  }
  add_data(object, graph, "parameters", Value::Kind::kInitializer);
  add_data(object, graph, "constants", Value::Kind::kConstant);
  if (!graph.nodes().empty()) {
    JsonValue nodes = JsonValue::array();
    for (const Node& node : graph.nodes()) nodes.append(node_value(node, scope));
    object.add("nodes", std::move(nodes));
  }
  object.add("outputs", names_value(graph, graph.outputs(), graph.outputs().size()));
  add_results(object, graph);
}

// An array of names where nothing else is known of any of them, as in the body of a function.
void JsonGraphWriter::add_inputs(JsonValue& object, const Graph& graph) {
  JsonValue names = JsonValue::array();
  JsonValue inputs = JsonValue::object();
  bool only_names = true;
  for (size_t i = 0; i < graph.formal_count(); ++i) {
    const Value& value = graph.value(graph.inputs()[i]);
    only_names = only_names && value.type.is_unknown() && !value.data && value.doc_string.empty() &&
                 value.metadata.empty();
    names.append(JsonValue::string(value.name));
    inputs.add(value.name, input_value(value));
  }
  if (!inputs.empty()) object.add("inputs", only_names ? std::move(names) : std::move(inputs));
}

JsonValue JsonGraphWriter::input_value(const Value& value) {
  if (!value.data && value.doc_string.empty() && value.metadata.empty()) {
    return type_value(value.type);
  }
  JsonValue object = JsonValue::object();
  object.add("type", type_value(value.type));
  if (value.data) object.add("default", tensors_.value(*value.data, value.name));
  add_value_texts(object, value);
  return object;
}

void JsonGraphWriter::add_data(JsonValue& object, const Graph& graph, std::string_view key,
                               Value::Kind kind) {
  JsonValue entries = JsonValue::object();
  for (const Value& value : graph.values()) {
    if (value.kind != kind) continue;
    JsonValue entry = tensors_.value(*value.data, value.name);
    add_value_texts(entry, value);
    entries.add(value.name, std::move(entry));
  }
  if (!entries.empty()) object.add(key, std::move(entries));
}

JsonValue JsonGraphWriter::node_value(const Node& node, const WrittenScope& scope) {
  JsonValue object = JsonValue::object();
  if (node.op != nullptr) {
    object.add("op", JsonValue::string(node.op->name));
    add_text(object, "domain", node.op->domain);
  } else {
    object.add("function", JsonValue::string(node.function->name));
    add_text(object, "domain", node.function->domain);
    add_text(object, "overload", node.function->overload);
  }
  add_text(object, "name", node.name);
  const size_t own = node.inputs.size() - node.captures;
  if (own > 0) object.add("inputs", names_value(scope.graph, node.inputs, own));
  object.add("outputs", names_value(scope.graph, node.outputs, node.outputs.size()));
  JsonValue attributes = attributes_value(node, scope);
  if (!attributes.empty()) object.add("attributes", std::move(attributes));
  if (!node.recorded) object.add("recorded", JsonValue::literal("false"));
  add_text(object, "doc", node.doc_string);
  add_metadata(object, node.metadata);
  return object;
}

JsonValue JsonGraphWriter::attributes_value(const Node& node, const WrittenScope& scope) {
  JsonValue object = JsonValue::object();
  for (const auto& [name, value] : node.attributes) {
    if (node.op != nullptr && is_default(value, *node.op->attribute(name))) continue;
    JsonValue entry = attribute_value(value, &node, &scope);
    if (node.op == nullptr && !std::holds_alternative<AttributeReference>(value)) {
      JsonValue typed = JsonValue::object();
      typed.add(attribute_type_name(attribute_type(value)), std::move(entry));
      entry = std::move(typed);
    } else if (const auto* reference = std::get_if<AttributeReference>(&value)) {
      if (node.op == nullptr) {
        entry.add("type", JsonValue::string(attribute_type_name(reference->type)));
      }
    }
    object.add(name, std::move(entry));
  }
  return object;
}

JsonValue JsonGraphWriter::typed_attributes(const Attributes& attributes) {
  JsonValue object = JsonValue::object();
  for (const auto& [name, value] : attributes) {
    JsonValue typed = JsonValue::object();
    typed.add(attribute_type_name(attribute_type(value)), attribute_value(value, nullptr, nullptr));
    object.add(name, std::move(typed));
  }
  return object;
}

JsonValue JsonGraphWriter::graph_value(const GraphPointer& graph, const Node* node,
                                       const WrittenScope* scope) {
  JsonValue object = JsonValue::object();
  if (node == nullptr || captures_are_implicit(*node, *scope)) {
    add_graph_texts(object, *graph);
    add_content(object, {*graph, scope}, false);
    return object;
  }
  std::vector<std::string> outside;
  for (size_t i = node->inputs.size() - node->captures; i < node->inputs.size(); ++i) {
    outside.push_back(scope->graph.value(node->inputs[i]).name);
  }
  add_graph_texts(object, *graph);
  add_content(object, {*graph}, true, outside);
  return object;
}

// The JSON of an attribute's value, by its kind.
class JsonGraphWriter::AttributeVisitor {
 public:
  AttributeVisitor(JsonGraphWriter& writer, const Node* node, const WrittenScope* scope)
      : writer_(writer), node_(node), scope_(scope) {}

  JsonValue operator()(std::monostate) const {
    fail("an attribute without a value cannot be written");
  }
  JsonValue operator()(float value) const { return float_value(value); }
  JsonValue operator()(int64_t value) const { return JsonValue::integer(value); }
  JsonValue operator()(const std::string& value) const { return text_value(value); }
  JsonValue operator()(const Tensor& value) const { return writer_.tensors_.value(value, ""); }
  JsonValue operator()(const SparseTensor& value) const { return writer_.tensors_.value(value); }
  JsonValue operator()(const Type& value) const { return type_value(value); }
  JsonValue operator()(const GraphPointer& value) const {
    return writer_.graph_value(value, node_, scope_);
  }
  JsonValue operator()(const AttributeReference& value) const {
    JsonValue reference = JsonValue::object();
    reference.add("reference", JsonValue::string(value.name));
    return reference;
  }
  template <typename T>
  JsonValue operator()(const std::vector<T>& list) const {
    JsonValue array = JsonValue::array();
    for (const T& item : list) array.append((*this)(item));
    return array;
  }

 private:
  JsonGraphWriter& writer_;
  const Node* node_;
  const WrittenScope* scope_;
};

JsonValue JsonGraphWriter::attribute_value(const AttributeValue& value, const Node* node,
                                           const WrittenScope* scope) {
  return std::visit(AttributeVisitor(*this, node, scope), value);
}

}  // namespace twingrad
