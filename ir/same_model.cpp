#include "ir/same_model.h"

#include <algorithm>
#include <bit>
#include <type_traits>

#include "ir/error.h"
#include "ir/op.h"

namespace twingrad {
namespace {

// Every function here returns where its arguments differ, empty where they do not.
std::string at(std::string_view place, std::string difference) {
  if (difference.empty()) return difference;
  return std::string(place) + ": " + difference;
}

template <typename T>
std::string different(const T& a, const T& b) {
  if (a == b) return "";
  if constexpr (std::is_convertible_v<T, std::string_view>) {
    return quoted_name(a) + " and " + quoted_name(b);
  } else {
    return join_text(a, " and ", b);
  }
}

std::string different(const Metadata& a, const Metadata& b) {
  return a == b ? "" : join_text("differ (", a.size(), " and ", b.size(), " entries)");
}

template <typename T, typename Compare>
std::string different_lists(const std::vector<T>& a, const std::vector<T>& b, Compare compare) {
  if (a.size() != b.size()) return join_text("count ", a.size(), " and ", b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    const std::string found = compare(a[i], b[i]);
    if (!found.empty()) return at(std::to_string(i), found);
  }
  return "";
}

std::string different_names(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return different_lists(a, b, different<std::string>);
}

std::string different(const Tensor& a, const Tensor& b) {
  if (identical(a, b)) return "";
  if (a.type() != b.type() || a.shape() != b.shape()) {
    return join_text(data_type_name(a.type()), a.shape(), " and ", data_type_name(b.type()),
                     b.shape());
  }
  return join_text("elements of ", data_type_name(a.type()), a.shape(), " differ");
}

std::string different(const SparseTensor& a, const SparseTensor& b) {
  std::string found = at("shape", different(a.shape, b.shape));
  if (found.empty()) found = at("values", different(a.values, b.values));
  if (found.empty()) found = at("indices", different(a.indices, b.indices));
  return found;
}

std::string different(const GraphPointer& a, const GraphPointer& b) {
  return a == b ? "" : difference(*a, *b);
}

std::string different(float a, float b) {
  if (std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b)) return "";
  return join_text(a, " and ", b);
}

std::string different(const AttributeReference& a, const AttributeReference& b) {
  return a.name == b.name && a.type == b.type
             ? ""
             : join_text("references to ", quoted_name(a.name), " and ", quoted_name(b.name));
}

std::string different(std::monostate, std::monostate) {
  return "";
}

template <typename T>
std::string different(const std::vector<T>& a, const std::vector<T>& b) {
  return different_lists(a, b, [](const T& x, const T& y) { return different(x, y); });
}

std::string different(const AttributeValue& a, const AttributeValue& b) {
  if (a.index() != b.index()) {
    return join_text(attribute_type_name(attribute_type(a)), " and ",
                     attribute_type_name(attribute_type(b)));
  }
  return std::visit(
      [&b](const auto& value) {
        return different(value, std::get<std::decay_t<decltype(value)>>(b));
      },
      a);
}

std::string different(const Attributes& a, const Attributes& b) {
  for (const auto& [name, value] : a) {
    const AttributeValue* other = b.find(name);
    const std::string place = "attribute " + quoted_name(name);
    if (other == nullptr) return place + ": only in the first";
    const std::string found = different(value, *other);
    if (!found.empty()) return at(place, found);
  }
  for (const auto& [name, value] : b) {
    if (!a.has(name)) return "attribute " + quoted_name(name) + ": only in the second";
  }
  return "";
}

std::vector<std::string> names_of(const Graph& graph, const std::vector<ValueId>& ids) {
  std::vector<std::string> names;
  names.reserve(ids.size());
  for (const ValueId id : ids) names.push_back(id == kNoValue ? "" : graph.value(id).name);
  return names;
}

// The values that somebody defines outside of the nodes, in order.
std::vector<std::string> names_of(const Graph& graph, Value::Kind kind) {
  std::vector<std::string> names;
  for (const Value& value : graph.values()) {
    if (value.kind == kind) names.push_back(value.name);
  }
  return names;
}

std::string different_data(const Value& a, const Value& b) {
  if (a.data.has_value() != b.data.has_value()) return "only one of them has data";
  return a.data ? at("data", different(*a.data, *b.data)) : "";
}

std::string different(const Value& a, const Value& b) {
  if (a.kind != b.kind) return "is given, computed or constant in one and not in the other";
  std::string found = at("type", different(a.type, b.type));
  if (found.empty()) found = different_data(a, b);
  if (found.empty()) found = at("sparse", different(a.stored_sparse, b.stored_sparse));
  if (found.empty()) found = at("documentation", different(a.doc_string, b.doc_string));
  if (found.empty()) found = at("metadata", different(a.metadata, b.metadata));
  return found;
}

std::string applied(const Node& node) {
  if (node.op != nullptr) return node.op->full_name();
  const Function& function = *node.function;
  return "function " + function.domain + "::" + function.name + ":" + function.overload;
}

std::string different(const Graph& a, const Node& x, const Graph& b, const Node& y) {
  std::string found = at("operator", different(applied(x), applied(y)));
  if (found.empty()) found = at("name", different(x.name, y.name));
  if (found.empty()) {
    found = at("input", different_names(names_of(a, x.inputs), names_of(b, y.inputs)));
  }
  if (found.empty()) found = at("number of captures", different(x.captures, y.captures));
  if (found.empty()) {
    found = at("output", different_names(names_of(a, x.outputs), names_of(b, y.outputs)));
  }
  if (found.empty()) found = different(x.attributes, y.attributes);
  if (found.empty()) found = at("recorded", different(x.recorded, y.recorded));
  if (found.empty()) found = at("documentation", different(x.doc_string, y.doc_string));
  if (found.empty()) found = at("metadata", different(x.metadata, y.metadata));
  return found;
}

std::string label(const Graph& graph, size_t number, const Node& node) {
  std::string name = node.name;
  if (name.empty() && !node.outputs.empty()) name = names_of(graph, {node.outputs[0]})[0];
  return join_text("node ", number, " (", quoted_name(name), ")");
}

std::string different_nodes(const Graph& a, const Graph& b) {
  if (a.nodes().size() != b.nodes().size()) {
    return join_text("count of nodes ", a.nodes().size(), " and ", b.nodes().size());
  }
  for (size_t i = 0; i < a.nodes().size(); ++i) {
    const std::string found = different(a, a.nodes()[i], b, b.nodes()[i]);
    if (!found.empty()) return at(label(a, i, a.nodes()[i]), found);
  }
  return "";
}

// Every value has a name, so that names pair them.
std::string different_values(const Graph& a, const Graph& b) {
  if (a.values().size() != b.values().size()) {
    return join_text("count of values ", a.values().size(), " and ", b.values().size());
  }
  for (const Value& value : a.values()) {
    const auto other = b.find(value.name);
    if (!other) return "value " + quoted_name(value.name) + ": only in the first";
    const std::string found = different(value, b.value(*other));
    if (!found.empty()) return at("value " + quoted_name(value.name), found);
  }
  return "";
}

std::string different_texts(const Graph& a, const Graph& b) {
  std::string found = at("name", different(a.name, b.name));
  if (found.empty()) found = at("documentation", different(a.doc_string, b.doc_string));
  if (found.empty()) found = at("metadata", different(a.metadata, b.metadata));
  return found;
}

using OpsetImports = std::vector<std::pair<std::string, int64_t>>;

std::string different_opsets(const OpsetImports& a, const OpsetImports& b) {
  return different_lists(a, b, [](const auto& x, const auto& y) {
    return x == y ? ""
                  : join_text(quoted_name(x.first), " ", x.second, " and ", quoted_name(y.first),
                              " ", y.second);
  });
}

std::string different_sources(const Model& a, const Model& b) {
  std::string found = at("IR version", different(a.ir_version, b.ir_version));
  if (found.empty()) found = at("opset", different_opsets(a.opset_imports, b.opset_imports));
  if (found.empty()) found = at("producer", different(a.producer_name, b.producer_name));
  if (found.empty()) {
    found = at("producer version", different(a.producer_version, b.producer_version));
  }
  if (found.empty()) found = at("domain", different(a.domain, b.domain));
  if (found.empty()) found = at("version", different(a.model_version, b.model_version));
  if (found.empty()) found = at("documentation", different(a.doc_string, b.doc_string));
  if (found.empty()) found = at("metadata", different(a.metadata, b.metadata));
  return found;
}

std::string different_bindings(const std::vector<TrainingInfo::Binding>& a,
                               const std::vector<TrainingInfo::Binding>& b) {
  return different_lists(a, b, [](const auto& x, const auto& y) {
    const std::string found = different(x.tensor, y.tensor);
    return found.empty() ? different(x.output, y.output) : found;
  });
}

}  // namespace

std::string different_training(const Model& a, const Model& b) {
  if (!a.training_info && !b.training_info) return "";
  if (!a.training_info || !b.training_info) return "only one of them has training information";
  const TrainingInfo& x = *a.training_info;
  const TrainingInfo& y = *b.training_info;
  std::string found = at("algorithm", difference(x.algorithm, y.algorithm));
  if (found.empty()) found = at("update", different_bindings(x.updates, y.updates));
  if (found.empty()) found = at("initialization", difference(x.initialization, y.initialization));
  if (found.empty()) found = at("initial value", different_bindings(x.initial, y.initial));
  return found;
}

std::string difference(const Graph& a, const Graph& b) {
  std::string found = different_texts(a, b);
  if (found.empty()) {
    found = at("input", different_names(names_of(a, a.inputs()), names_of(b, b.inputs())));
  }
  if (found.empty()) {
    found = at("number of captures", different(a.capture_count(), b.capture_count()));
  }
  for (const auto& [place, kind] : {std::pair{"initializer", Value::Kind::kInitializer},
                                    std::pair{"constant", Value::Kind::kConstant}}) {
    if (found.empty()) found = at(place, different_names(names_of(a, kind), names_of(b, kind)));
  }
  if (found.empty()) found = different_nodes(a, b);
  if (found.empty()) {
    found = at("output", different_names(names_of(a, a.outputs()), names_of(b, b.outputs())));
  }
  if (found.empty()) found = different_values(a, b);
  return found;
}

std::string difference(const Function& a, const Function& b) {
  std::string found = at("domain", different(a.domain, b.domain));
  if (found.empty()) found = at("name", different(a.name, b.name));
  if (found.empty()) found = at("overload", different(a.overload, b.overload));
  if (found.empty()) found = at("documentation", different(a.doc_string, b.doc_string));
  if (found.empty()) found = at("metadata", different(a.metadata, b.metadata));
  if (found.empty()) {
    found = at("required attribute", different_names(a.required_attributes, b.required_attributes));
  }
  if (found.empty()) found = different(a.default_attributes, b.default_attributes);
  if (found.empty()) found = at("opset", different_opsets(a.opset_imports, b.opset_imports));
  if (found.empty()) found = difference(a.body, b.body);
  return found;
}

std::string difference(const Model& a, const Model& b) {
  std::string found = different_sources(a, b);
  if (found.empty()) {
    found = different_lists(a.functions, b.functions, [](const auto& x, const auto& y) {
      return at("function " + quoted_name(x->name), difference(*x, *y));
    });
  }
  if (found.empty()) found = difference(a.graph, b.graph);
  return found.empty() ? at("training information", different_training(a, b)) : found;
}

}  // namespace twingrad
