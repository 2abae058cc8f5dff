#include "exporters/source/graph_facts.h"

#include <algorithm>
#include <map>

#include "ir/graph_queries.h"
#include "ir/op.h"
#include "ir/roles.h"

namespace twingrad {
namespace {

constexpr int64_t kMostDerivedElements = 64;

constexpr int kParameterWeight = 1000;

std::optional<Tensor> constant_of(const Graph& graph, const Value& value) {
  if (value.data) return value.data;
  if (value.producer == kNoNode) return std::nullopt;
  const Node& node = graph.node(value.producer);
  if (node.op == nullptr || node.op->name != "Constant") return std::nullopt;
  const AttributeValue* data = node.attributes.find("value");
  const Tensor* tensor = data == nullptr ? nullptr : std::get_if<Tensor>(data);
  return tensor == nullptr ? std::nullopt : std::optional(*tensor);
}

// The elements that type inference has found.
std::optional<Tensor> derived(const Value& value) {
  const bool is_small = value.contents && value.contents->known() && value.type.is_static() &&
                        value.contents->rank() <= kMostDerivedElements;
  if (!is_small) return std::nullopt;
  const DataType element = value.type.element;
  const Shape shape = value.type.shape->shape();
  if (shape.element_count() != value.contents->rank()) return std::nullopt;
  if (!is_integer(element) && element != DataType::kBool) return std::nullopt;
  Tensor tensor(element, shape);
  for (int64_t i = 0; i < tensor.element_count(); ++i) {
    const int64_t number = (*value.contents)[i].extent;
    if (element == DataType::kInt64) {
      tensor.data<int64_t>()[i] = number;
    } else {
      set_element(tensor, i, static_cast<double>(number));
    }
  }
  return tensor;
}

// Vectors that are put together from known ones.
std::optional<Tensor> concatenated(const Graph& graph, const Value& value,
                                   const std::vector<std::optional<Tensor>>& known) {
  if (value.producer == kNoNode) return std::nullopt;
  const Node& node = graph.node(value.producer);
  if (node.op == nullptr || node.op->name != "Concat" || !value.type.is_static()) {
    return std::nullopt;
  }
  const Shape shape = value.type.shape->shape();
  const DataType element = value.type.element;
  const bool is_small =
      shape.rank() == 1 && shape[0] <= kMostDerivedElements && kNumericTypes.contains(element);
  if (!is_small) return std::nullopt;
  Tensor whole(element, shape);
  size_t filled = 0;
  for (const ValueId id : node.inputs) {
    const auto& part = known[static_cast<size_t>(id)];
    if (!part) return std::nullopt;
    std::ranges::copy(part->bytes(), static_cast<std::byte*>(whole.raw()) + filled);
    filled += part->byte_size();
  }
  return whole;
}

}  // namespace

bool is_trained(const Value& value) {
  return value.data && value.kind != Value::Kind::kConstant &&
         is_floating_point(value.type.element) && value.data->rank() > 0 &&
         !is_declared_fixed(value);
}

GraphFacts::GraphFacts(const Graph& graph)
    : graph_(graph),
      needed_(needed_nodes(graph)),
      uses_(graph.values().size()),
      is_output_(graph.values().size()) {
  find_uses();
  for (const ValueId id : graph.outputs()) is_output_[static_cast<size_t>(id)] = true;
  find_known();
  find_precision();
  find_mode();
}

void GraphFacts::find_uses() {
  const auto use = [this](ValueId id) {
    if (id != kNoValue) ++uses_[static_cast<size_t>(id)];
  };
  for (size_t i = 0; i < needed_.size(); ++i) {
    if (needed_[i]) std::ranges::for_each(graph_.nodes()[i].inputs, use);
  }
  std::ranges::for_each(graph_.outputs(), use);
}

void GraphFacts::find_known() {
  for (const Value& value : graph_.values()) {
    auto data = constant_of(graph_, value);
    if (!data) data = derived(value);
    known_.push_back(data ? std::move(data) : concatenated(graph_, value, known_));
  }
}

void GraphFacts::find_precision() {
  std::map<DataType, int> counts;
  const auto count = [&counts](const Value& value, int weight) {
    if (is_floating_point(value.type.element)) counts[value.type.element] += weight;
  };
  for (const Value& value : graph_.values()) {
    if (is_trained(value)) count(value, kParameterWeight);
  }
  for (const ValueId id : graph_.inputs()) count(graph_.value(id), 1);
  int most = 0;
  for (const auto& [type, number] : counts) {
    if (number > most) precision_ = type;
    most = std::max(most, number);
  }
}

void GraphFacts::find_mode() {
  for (const Node& node : graph_.nodes()) {
    if (node.op == nullptr) continue;
    if (node.op->name == "BatchNormalization" && node.attributes.flag("training_mode")) {
      is_training_ = true;
    }
    if (node.op->name != "Dropout" || node.inputs.size() < 3) continue;
    const Tensor* mode = known(node.inputs[2]);
    if (mode != nullptr && element_as_double(*mode, 0) != 0) is_training_ = true;
  }
}

const Tensor* GraphFacts::known(ValueId id) const {
  if (id == kNoValue) return nullptr;
  const auto& tensor = known_[static_cast<size_t>(id)];
  return tensor ? &*tensor : nullptr;
}

std::optional<std::pair<ValueId, int64_t>> GraphFacts::axis_named(const std::string& symbol) const {
  if (symbol.empty()) return std::nullopt;
  for (const ValueId id : graph_.inputs()) {
    const Type& type = graph_.value(id).type;
    if (!type.is_tensor() || !type.shape) continue;
    for (int64_t axis = 0; axis < type.shape->rank(); ++axis) {
      if ((*type.shape)[axis].symbol == symbol) return std::pair(id, axis);
    }
  }
  return std::nullopt;
}

}  // namespace twingrad
