#include "exporters/json/model_writer.h"

#include <filesystem>

#include "exporters/atomic_file.h"
#include "exporters/json/graph_writer.h"
#include "exporters/json/json_layout.h"
#include "exporters/json/tensor_writer.h"
#include "exporters/safetensors.h"
#include "ir/error.h"

namespace twingrad {
namespace {

constexpr int kDeepestJson = 64;  // what readers accept

JsonValue opsets_value(const std::vector<std::pair<std::string, int64_t>>& imports) {
  JsonValue object = JsonValue::object();
  for (const auto& [domain, version] : imports) object.add(domain, JsonValue::integer(version));
  return object;
}

void add_number(JsonValue& object, std::string_view key, int64_t value) {
  if (value != 0) object.add(key, JsonValue::integer(value));
}

// What the model says about the file that it came from.
JsonValue origin_value(const Model& model) {
  JsonValue object = JsonValue::object();
  add_number(object, "ir_version", model.ir_version);
  if (!model.opset_imports.empty()) object.add("opset_imports", opsets_value(model.opset_imports));
  add_text(object, "producer_name", model.producer_name);
  add_text(object, "producer_version", model.producer_version);
  add_text(object, "domain", model.domain);
  add_number(object, "model_version", model.model_version);
  add_text(object, "doc", model.doc_string);
  add_metadata(object, model.metadata);
  return object;
}

JsonValue function_value(const Function& function, JsonGraphWriter& writer) {
  JsonValue object = JsonValue::object();
  object.add("name", JsonValue::string(function.name));
  add_text(object, "domain", function.domain);
  add_text(object, "overload", function.overload);
  add_text(object, "doc", function.doc_string);
  add_metadata(object, function.metadata);
  if (!function.required_attributes.empty()) {
    JsonValue names = JsonValue::array();
    for (const std::string& name : function.required_attributes) {
      names.append(JsonValue::string(name));
    }
    object.add("required_attributes", std::move(names));
  }
  if (!function.default_attributes.empty()) {
    object.add("attributes", writer.typed_attributes(function.default_attributes));
  }
  if (!function.opset_imports.empty()) {
    object.add("opset_imports", opsets_value(function.opset_imports));
  }
  JsonValue body = JsonValue::object();
  writer.add_graph(body, function.body);
  object.add("body", std::move(body));
  return object;
}

}  // namespace

JsonModelText json_model(const Model& model, const std::string& weights_file,
                         int64_t inline_limit) {
  JsonTensorWriter tensors(weights_file, inline_limit);
  JsonGraphWriter writer(tensors);
  JsonValue root = JsonValue::object();
  root.add("format", JsonValue::string("twingrad-model"));
  root.add("version", JsonValue::integer(1));
  add_graph_texts(root, model.graph);
  JsonValue origin = origin_value(model);
  if (!origin.empty()) root.add("model", std::move(origin));
  if (!model.functions.empty()) {
    JsonValue functions = JsonValue::array();
    for (const auto& function : model.functions) {
      functions.append(function_value(*function, writer));
    }
    root.add("functions", std::move(functions));
  }
  writer.add_content(root, {model.graph}, false);
  if (root.depth() > kDeepestJson) {
    fail_unsupported("nested graphs are too deep for JSON: ", root.depth(), " levels, limit ",
                     kDeepestJson);
  }
  return {root.layout(), tensors.take_weights()};
}

void write_json_model(const Model& model, const std::string& path, int64_t inline_limit) {
  std::filesystem::path weights = path;
  weights.replace_extension(".safetensors");
  JsonModelText written;
  try {
    check(weights.string() != path, "expected a name that ends in .json");
    written = json_model(model, weights.filename().string(), inline_limit);
  } catch (const Error& error) {
    throw error.at(path);
  }
  if (!written.weights.empty()) write_safetensors(weights.string(), written.weights);
  write_file(path, written.text);
}

}  // namespace twingrad
