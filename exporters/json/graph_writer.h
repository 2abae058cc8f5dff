#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

#include "exporters/json/capture_names.h"
#include "exporters/json/json_layout.h"
#include "exporters/json/tensor_writer.h"
#include "ir/model.h"

namespace twingrad {

// Writes graphs and what is in them as the JSON model form has them.
class JsonGraphWriter {
 public:
  explicit JsonGraphWriter(JsonTensorWriter& tensors) : tensors_(tensors) {}

  // A graph without surroundings.
  void add_graph(JsonValue& object, const Graph& graph);
  // A graph without its name and documentation. `closed`: with the key "captures", from the names
  // inside to those outside, which are the last inputs of `holder`.
  void add_content(JsonValue& object, const WrittenScope& scope, bool closed,
                   const std::vector<std::string>& outside = {});
  // The attributes of something without a definition: each with its type.
  JsonValue typed_attributes(const Attributes& attributes);

 private:
  class AttributeVisitor;

  void add_inputs(JsonValue& object, const Graph& graph);
  void add_data(JsonValue& object, const Graph& graph, std::string_view key, Value::Kind kind);
  JsonValue input_value(const Value& value);
  JsonValue node_value(const Node& node, const WrittenScope& scope);
  JsonValue attributes_value(const Node& node, const WrittenScope& scope);
  JsonValue attribute_value(const AttributeValue& value, const Node* node,
                            const WrittenScope* scope);
  JsonValue graph_value(const GraphPointer& graph, const Node* node, const WrittenScope* scope);

  JsonTensorWriter& tensors_;
};

// Each adds nothing where there is nothing to say.
void add_text(JsonValue& object, std::string_view key, std::string_view text);
void add_metadata(JsonValue& object, const Metadata& metadata);
void add_graph_texts(JsonValue& object, const Graph& graph);

}  // namespace twingrad
