#include "ir/dump.h"

#include <algorithm>
#include <string>

#include "ir/error.h"
#include "ir/model.h"
#include "ir/op.h"

namespace twingrad {
namespace {

constexpr int64_t kMostElements = 8;

struct Writer {
  std::ostream& out;
  std::string indent;

  void graph(const Graph& graph);
  void node(const Graph& graph, const Node& node);
  void data(const Tensor& tensor);
  void attribute(const AttributeValue& value);
};

std::string plain(std::string_view name) {
  const std::string shown = quoted_name(name);
  return shown.substr(1, shown.size() - 2);
}

std::string name_of(const Graph& graph, ValueId id) {
  return id == kNoValue ? "-" : plain(graph.value(id).name);
}

template <typename Items, typename F>
void list(std::ostream& out, const Items& items, size_t most, F write) {
  size_t count = 0;
  for (const auto& item : items) {
    if (count > 0) out << ", ";
    if (count++ == most) {
      out << "...";
      return;
    }
    write(item);
  }
}

void Writer::data(const Tensor& tensor) {
  out << '{';
  if (tensor.type() == DataType::kString) {
    list(out, tensor.strings(), kMostElements,
         [this](const auto& text) { out << quoted_name(text); });
  } else {
    const int64_t shown = std::min(tensor.element_count(), kMostElements);
    for (int64_t i = 0; i < shown; ++i) {
      out << (i > 0 ? ", " : "") << element_as_double(tensor, i);
    }
    if (shown < tensor.element_count()) out << ", ...";
  }
  out << '}';
}

void Writer::attribute(const AttributeValue& value) {
  constexpr size_t kMostItems = 16;
  const auto numbers = [this](const auto& items) {
    out << '[';
    list(out, items, kMostItems, [this](auto item) { out << item; });
    out << ']';
  };
  if (const auto* real = std::get_if<float>(&value)) {
    out << *real;
  } else if (const auto* integer = std::get_if<int64_t>(&value)) {
    out << *integer;
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    out << quoted_name(*text);
  } else if (const auto* reals = std::get_if<std::vector<float>>(&value)) {
    numbers(*reals);
  } else if (const auto* integers = std::get_if<std::vector<int64_t>>(&value)) {
    numbers(*integers);
  } else if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) {
    out << '[';
    list(out, *texts, kMostItems, [this](const auto& item) { out << quoted_name(item); });
    out << ']';
  } else if (const auto* tensor = std::get_if<Tensor>(&value)) {
    out << Type::tensor(tensor->type(), PartialShape(tensor->shape())) << ' ';
    data(*tensor);
  } else if (const auto* reference = std::get_if<AttributeReference>(&value)) {
    out << "@" << plain(reference->name);
  } else {
    out << attribute_type_name(attribute_type(value));
  }
}

void Writer::node(const Graph& graph, const Node& node) {
  out << indent;
  list(out, node.outputs, SIZE_MAX, [&](ValueId id) {
    out << name_of(graph, id);
    if (id != kNoValue) out << ": " << graph.value(id).type;
  });
  out << " = " << (node.op != nullptr ? node.op->full_name() : plain(node.function->name)) << '(';
  list(out, node.inputs, SIZE_MAX, [&](ValueId id) { out << name_of(graph, id); });
  out << ')';
  if (!node.attributes.empty()) {
    out << " {";
    list(out, node.attributes, SIZE_MAX, [this](const auto& entry) {
      out << entry.first << ": ";
      attribute(entry.second);
    });
    out << '}';
  }
  if (!node.name.empty()) out << "   # " << quoted_name(node.name);
  out << '\n';
  for (const auto& [name, value] : node.attributes) {
    const auto* nested = std::get_if<GraphPointer>(&value);
    if (nested == nullptr) continue;
    out << indent << "  " << name << ":\n";
    Writer{out, indent + "  "}.graph(**nested);
  }
}

void Writer::graph(const Graph& graph) {
  out << indent << "graph " << quoted_name(graph.name) << " {\n";
  Writer inner{out, indent + "  "};
  for (size_t i = 0; i < graph.inputs().size(); ++i) {
    const Value& value = graph.value(graph.inputs()[i]);
    out << inner.indent << (i < graph.formal_count() ? "input " : "capture ") << plain(value.name)
        << ": " << value.type << '\n';
  }
  for (const Value& value : graph.values()) {
    if (!value.data) continue;
    out << inner.indent << (value.kind == Value::Kind::kConstant ? "constant " : "data ")
        << plain(value.name) << ": " << value.type << " = ";
    inner.data(*value.data);
    out << '\n';
  }
  for (const Node& held : graph.nodes()) inner.node(graph, held);
  for (const ValueId id : graph.outputs()) {
    out << inner.indent << "output " << name_of(graph, id) << '\n';
  }
  out << indent << "}\n";
}

}  // namespace

void dump(std::ostream& out, const Graph& graph) {
  Writer{out, ""}.graph(graph);
}

void dump(std::ostream& out, const Graph& graph, const Node& node) {
  Writer{out, ""}.node(graph, node);
}

}  // namespace twingrad
