#include "ir/precision.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include "ir/element_numbers.h"
#include "ir/model.h"
#include "ir/replay.h"

namespace twingrad {
namespace {

// Attributes that hold the number of an element type.
constexpr std::array<std::string_view, 7> kTypeAttributes = {
    "to",        "dtype", "output_datatype", "output_dtype", "precision", "softmax_precision",
    "stash_type"};

bool changes(DataType type, DataType precision) {
  return kFloatTypes.contains(type) && type != precision;
}

}  // namespace

Type with_precision(Type type, DataType precision) {
  if (changes(type.element, precision)) type.element = precision;
  if (type.item) {
    type.item = std::make_shared<const Type>(with_precision(*type.item, precision));
  }
  return type;
}

namespace {

// A builder that changes precision on the way: whatever is replayed on it comes out converted.
class PrecisionBuilder : public Builder {
 public:
  PrecisionBuilder(Graph& graph, DataType precision) : Builder(graph), precision_(precision) {}

  std::vector<ValueId> emit(NodeSpec spec) override {
    if (spec.function) return inline_call(*spec.function, spec.attributes, *this, spec.inputs);
    Attributes attributes;
    for (const auto& [name, value] : spec.attributes) attributes.set(name, converted(name, value));
    spec.attributes = std::move(attributes);
    return Builder::emit(std::move(spec));
  }
  ValueId initializer(std::string name, Tensor data) override {
    return Builder::initializer(std::move(name), twingrad::with_precision(data, precision_));
  }
  ValueId constant(Tensor data) override {
    return Builder::constant(twingrad::with_precision(data, precision_));
  }

 private:
  AttributeValue converted(const std::string& name, const AttributeValue& value) const {
    if (const auto* tensor = std::get_if<Tensor>(&value)) {
      return twingrad::with_precision(*tensor, precision_);
    }
    if (const auto* nested = std::get_if<GraphPointer>(&value)) {
      return std::make_shared<const Graph>(twingrad::with_precision(**nested, precision_));
    }
    if (const auto* type = std::get_if<Type>(&value)) {
      return twingrad::with_precision(*type, precision_);
    }
    const auto* number = std::get_if<int64_t>(&value);
    if (number != nullptr && std::ranges::count(kTypeAttributes, name) > 0) {
      const auto type = data_type_from_number(*number);
      if (type && changes(*type, precision_)) return static_cast<int64_t>(precision_);
    }
    return value;
  }

  DataType precision_;
};

ValueId cast_to(PrecisionBuilder& builder, ValueId id, DataType type) {
  NodeSpec spec;
  spec.op = "Cast";
  spec.inputs = {id};
  spec.attributes = {{"to", static_cast<int64_t>(type)}};
  return builder.Builder::emit(std::move(spec))[0];
}

// Reads and writes the bits of the types that the model has.
ValueId replay_bit_cast(const Graph& graph, const Node& node, PrecisionBuilder& builder,
                        DataType precision, const ValueMap& map) {
  const ValueId input = map[static_cast<size_t>(node.inputs[0])];
  const DataType from = graph.value(node.inputs[0]).type.element;
  const DataType to = graph.value(node.outputs[0]).type.element;
  NodeSpec spec;
  spec.op = "BitCast";
  spec.inputs = {changes(from, precision) ? cast_to(builder, input, from) : input};
  spec.attributes = node.attributes;
  const ValueId bits = builder.Builder::emit(std::move(spec))[0];
  return changes(to, precision) ? cast_to(builder, bits, precision) : bits;
}

// An operator of floats only, whose results are none.
void replay_with_floats(const Graph& graph, const Node& node, PrecisionBuilder& builder,
                        DataType precision, ValueMap& map) {
  ValueMap cast = map;
  for (const ValueId id : node.inputs) {
    if (id == kNoValue) continue;
    const DataType type = graph.value(id).type.element;
    ValueId& input = cast[static_cast<size_t>(id)];
    if (changes(type, precision)) input = cast_to(builder, input, type);
  }
  replay_node(graph, node, builder, cast);
  for (const ValueId id : node.outputs) {
    map[static_cast<size_t>(id)] = cast[static_cast<size_t>(id)];
  }
}

}  // namespace

Tensor with_precision(const Tensor& tensor, DataType precision) {
  if (!changes(tensor.type(), precision)) return tensor;
  Tensor result(precision, tensor.shape());
  if (precision == DataType::kDouble) {
    elements_as_doubles(tensor, 0, result.values<double>());
    return result;
  }
  for (int64_t i = 0; i < tensor.element_count(); ++i) {
    set_element(result, i, element_as_double(tensor, i));
  }
  return result;
}

Graph with_precision(const Graph& graph, DataType precision) {
  Graph result;
  result.name = graph.name;
  PrecisionBuilder builder(result, precision);
  ValueMap map = replay_data(graph, builder);
  for (size_t i = 0; i < graph.inputs().size(); ++i) {
    Value value = graph.value(graph.inputs()[i]);
    value.type = with_precision(value.type, precision);
    if (value.data) value.data = with_precision(*value.data, precision);
    map[static_cast<size_t>(graph.inputs()[i])] =
        result.add_input(std::move(value), i >= graph.formal_count());
  }
  for (const Node& node : graph.nodes()) {
    if (node.op != nullptr && node.op->name == "BitCast") {
      const ValueId bits = replay_bit_cast(graph, node, builder, precision, map);
      result.rename(bits, graph.value(node.outputs[0]).name);
      map[static_cast<size_t>(node.outputs[0])] = bits;
    } else if (node.op != nullptr && node.op->name == "NonMaxSuppression") {
      replay_with_floats(graph, node, builder, precision, map);
    } else {
      replay_node(graph, node, builder, map);
    }
  }
  result.set_outputs(mapped(graph.outputs(), map));
  return result;
}

}  // namespace twingrad
