#include "surgery/element_type.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "ir/graph_queries.h"
#include "ir/precision.h"
#include "ir/replay.h"
#include "surgery/type_support.h"

namespace twingrad {
namespace {

// Attributes that hold the number of the element type of a result.
constexpr std::array<std::string_view, 4> kTypeAttributes = {"to", "dtype", "output_datatype",
                                                             "output_dtype"};

// The largest number of a type that rounding can leave.
double largest(DataType type) {
  if (type == DataType::kFloat16) return 65504.0;
  if (type == DataType::kBfloat16) return std::ldexp(255.0, 120);
  if (type == DataType::kFloat) return static_cast<double>(std::numeric_limits<float>::max());
  return std::numeric_limits<double>::max();
}

class TypeChange {
 public:
  TypeChange(DataType type, int64_t newest_opset) : type_(type), newest_opset_(newest_opset) {}

  Graph apply(const Graph& source);
  bool changes(DataType type) const { return kFloatTypes.contains(type) && type != type_; }
  bool takes(const OpDef& op, size_t input) const {
    return takes_type(op, input, type_, newest_opset_);
  }
  Tensor converted(const Tensor& tensor, const std::string& name);
  AttributeValue converted(const std::string& attribute, const AttributeValue& value);
  void note_kept(const OpDef& op) { ++kept[op.full_name()]; }
  DataType type() const { return type_; }

  std::map<std::string, size_t> kept;
  std::map<std::string, size_t> clipped;

 private:
  DataType type_;
  int64_t newest_opset_;
};

Tensor TypeChange::converted(const Tensor& tensor, const std::string& name) {
  Tensor result = with_precision(tensor, type_);
  if (!changes(tensor.type())) return result;
  const double limit = largest(type_);
  size_t count = 0;
  for (int64_t i = 0; i < result.element_count(); ++i) {
    if (!std::isinf(element_as_double(result, i))) continue;
    const double element = element_as_double(tensor, i);
    if (std::isinf(element)) continue;
    set_element(result, i, std::copysign(limit, element));
    ++count;
  }
  if (count > 0) clipped[name] += count;
  return result;
}

AttributeValue TypeChange::converted(const std::string& attribute, const AttributeValue& value) {
  if (const auto* tensor = std::get_if<Tensor>(&value)) return converted(*tensor, attribute);
  if (const auto* nested = std::get_if<GraphPointer>(&value)) {
    return std::make_shared<const Graph>(apply(**nested));
  }
  if (const auto* type = std::get_if<Type>(&value)) return with_precision(*type, type_);
  const auto* number = std::get_if<int64_t>(&value);
  if (number != nullptr && std::ranges::count(kTypeAttributes, attribute) > 0) {
    const auto type = data_type_from_number(*number);
    if (type && changes(*type)) return static_cast<int64_t>(type_);
  }
  return value;
}

// Emits what is replayed on it with its types changed, between Casts where need be.
class TypeChangingBuilder : public Builder {
 public:
  TypeChangingBuilder(Graph& graph, TypeChange& change) : Builder(graph), change_(change) {}

  std::vector<ValueId> emit(NodeSpec spec) override {
    if (spec.function) return inline_call(*spec.function, spec.attributes, *this, spec.inputs);
    Attributes attributes;
    for (const auto& [name, value] : spec.attributes) {
      attributes.set(name, change_.converted(name, value));
    }
    spec.attributes = std::move(attributes);
    const OpDef* op = find_op(spec.domain, spec.op);
    bool keeps = false;
    for (size_t i = 0; op != nullptr && i < spec.inputs.size(); ++i) {
      const ValueId id = spec.inputs[i];
      if (id == kNoValue || !type(id).is_tensor() || change_.takes(*op, i)) continue;
      if (type(id).element != change_.type()) continue;
      spec.inputs[i] = cast(id, DataType::kFloat);
      keeps = true;
    }
    if (keeps) change_.note_kept(*op);
    return emit_cast_back(std::move(spec));
  }
  ValueId initializer(std::string name, Tensor data) override {
    Tensor converted = change_.converted(data, name);
    return Builder::initializer(std::move(name), std::move(converted));
  }
  ValueId constant(Tensor data) override {
    return Builder::constant(change_.converted(data, "a constant"));
  }

  // As it is, but for the results.
  std::vector<ValueId> emit_cast_back(NodeSpec spec) {
    const std::vector<std::optional<std::string>> names = spec.outputs;
    std::vector<ValueId> outputs = Builder::emit(std::move(spec));
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (outputs[i] == kNoValue || !type(outputs[i]).is_tensor()) continue;
      if (!change_.changes(type(outputs[i]).element)) continue;
      const std::string name = i < names.size() && names[i] ? *names[i] : "";
      if (!name.empty()) graph().rename(outputs[i], graph().free_name(name + "_kept"));
      outputs[i] = cast(outputs[i], change_.type());
      if (!name.empty()) graph().rename(outputs[i], graph().free_name(name));
    }
    return outputs;
  }

  ValueId cast(ValueId id, DataType to) {
    const auto [found, fresh] = casts_.emplace(std::pair(id, to), kNoValue);
    if (fresh) {
      NodeSpec spec;
      spec.op = "Cast";
      spec.inputs = {id};
      spec.attributes = {{"to", static_cast<int64_t>(to)}};
      found->second = Builder::emit(std::move(spec))[0];
    }
    return found->second;
  }

 private:
  TypeChange& change_;
  std::map<std::pair<ValueId, DataType>, ValueId> casts_;
};

// The replay of one graph.
class GraphTypeChange {
 public:
  GraphTypeChange(const Graph& source, TypeChange& change)
      : source_(source), change_(change), builder_(graph_, change), stays_(stays()) {}

  Graph made() {
    copy_texts(source_, graph_);
    copy_inputs();
    copy_data();
    for (const Node& node : source_.nodes()) copy_node(node);
    graph_.set_outputs(mapped(source_.outputs(), map_));
    return std::move(graph_);
  }

 private:
  // Data that only inputs read which keep their type: these stay.
  std::vector<bool> stays() const {
    std::vector<bool> read(source_.values().size());
    std::vector<bool> wanted(source_.values().size());
    for (const Node& node : source_.nodes()) {
      for (size_t i = 0; i < node.inputs.size(); ++i) {
        const ValueId id = node.inputs[i];
        if (id == kNoValue) continue;
        const bool keeps = node.op != nullptr && i < node.inputs.size() - node.captures &&
                           !change_.takes(*node.op, i);
        (keeps ? read : wanted)[static_cast<size_t>(id)] = true;
      }
    }
    for (const ValueId id : source_.outputs()) wanted[static_cast<size_t>(id)] = true;
    for (size_t i = 0; i < read.size(); ++i) {
      read[i] = read[i] && !wanted[i] && source_.values()[i].type.element == DataType::kFloat;
    }
    return read;
  }

  void copy_inputs() {
    for (size_t i = 0; i < source_.inputs().size(); ++i) {
      const ValueId id = source_.inputs()[i];
      Value value = source_.value(id);
      value.type = with_precision(value.type, change_.type());
      if (value.data) value.data = change_.converted(*value.data, value.name);
      map_[static_cast<size_t>(id)] =
          graph_.add_input(std::move(value), i >= source_.formal_count());
    }
  }

  void copy_data() {
    const ValueMap data = replay_data(source_, builder_);
    for (size_t i = 0; i < data.size(); ++i) {
      if (data[i] == kNoValue) continue;
      map_[i] = data[i];
      if (!stays_[i]) continue;
      Value& value = graph_.value(data[i]);
      value.data = source_.values()[i].data;
      value.type = source_.values()[i].type;
      change_.clipped.erase(value.name);
    }
  }

  void copy_node(const Node& node) {
    if (is_operator(node, "BitCast")) return copy_bit_cast(node);
    const bool is_kept_constant =
        is_operator(node, "Constant") && stays_[static_cast<size_t>(node.outputs[0])];
    if (!is_kept_constant) return replay_node(source_, node, builder_, map_);
    map_[static_cast<size_t>(node.outputs[0])] =
        builder_.Builder::emit(spec_of(source_, node, map_))[0];
  }

  void copy_bit_cast(const Node& node) {
    NodeSpec spec = spec_of(source_, node, map_);
    const DataType from = source_.value(node.inputs[0]).type.element;
    if (change_.changes(from)) spec.inputs[0] = builder_.cast(spec.inputs[0], from);
    map_[static_cast<size_t>(node.outputs[0])] = builder_.emit_cast_back(std::move(spec))[0];
  }

  const Graph& source_;
  TypeChange& change_;
  Graph graph_;
  TypeChangingBuilder builder_;
  std::vector<bool> stays_;
  ValueMap map_ = ValueMap(source_.values().size(), kNoValue);
};

Graph TypeChange::apply(const Graph& source) {
  return GraphTypeChange(source, *this).made();
}

}  // namespace

Retyped with_element_type(const Graph& graph, DataType type, int64_t newest_opset) {
  TypeChange change(type, newest_opset);
  Retyped result{change.apply(graph), {}, {}};
  result.kept = std::move(change.kept);
  result.clipped = std::move(change.clipped);
  return result;
}

}  // namespace twingrad
