#include "exporters/source/initial_values.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "ir/op.h"

namespace twingrad {
namespace {

int64_t product(const Shape& shape, int64_t first) {
  int64_t all = 1;
  for (int64_t axis = first; axis < shape.rank(); ++axis) all *= shape[axis];
  return std::max<int64_t>(all, 1);
}

// Every element of the output sums the inputs whose windows reach it.
int64_t transposed_fan_in(const Node& node, const Shape& shape) {
  int64_t sum = product(shape, 2) * shape[0] / node.attributes.integer("group");
  for (const int64_t stride : node.attributes.integers_or("strides", {})) sum /= stride;
  return std::max<int64_t>(sum, 1);
}

// Scales begin as ones, what is added as zeros: the roles of a node's inputs.
struct Role {
  std::string_view op;
  size_t input;
  double value;
};
constexpr std::array<Role, 17> kRoles = {{{"BatchNormalization", 1, 1},
                                          {"BatchNormalization", 2, 0},
                                          {"BatchNormalization", 3, 0},
                                          {"BatchNormalization", 4, 1},
                                          {"LayerNormalization", 1, 1},
                                          {"LayerNormalization", 2, 0},
                                          {"Conv", 2, 0},
                                          {"ConvTranspose", 2, 0},
                                          {"Gemm", 2, 0},
                                          {"PRelu", 1, 0.25},
                                          {"Mul", 0, 1},
                                          {"Mul", 1, 1},
                                          {"Add", 0, 0},
                                          {"Add", 1, 0},
                                          {"LSTM", 3, 0},
                                          {"GRU", 3, 0},
                                          {"RNN", 3, 0}}};

bool is_recurrent(std::string_view op) {
  return op == "LSTM" || op == "GRU" || op == "RNN";
}

// A weight [out, in, ...], unless the node says otherwise.
int64_t fan_in(const Node* node, size_t input, const Shape& shape) {
  const std::string_view op = node == nullptr ? "" : std::string_view(node->op->name);
  if (op == "ConvTranspose" && input == 1) return transposed_fan_in(*node, shape);
  if (op == "Gemm" && input == 1) return shape[node->attributes.flag("transB") ? 1 : 0];
  if (op == "MatMul") return shape[input == 0 ? shape.rank() - 1 : shape.rank() - 2];
  if (is_recurrent(op)) return shape[shape.rank() - 1];
  if (op == "Gather") return 1;
  return product(shape, 1);
}

}  // namespace

InitialValues::InitialValues(const Graph& graph) : graph_(graph) {
  for (const Node& node : graph.nodes()) {
    for (size_t i = 0; i < node.inputs.size(); ++i)
      readers_.try_emplace(node.inputs[i], Reader{&node, i});
  }
}

// Who reads the value itself, or what it is when its axes are arranged otherwise.
std::optional<InitialValues::Reader> InitialValues::reader(ValueId id) const {
  constexpr std::array<std::string_view, 5> kArranging = {"Identity", "Reshape", "Unsqueeze",
                                                          "Squeeze", "Expand"};
  while (true) {
    const auto found = readers_.find(id);
    if (found == readers_.end() || found->second.node->op == nullptr) return std::nullopt;
    const Node& node = *found->second.node;
    if (std::ranges::find(kArranging, node.op->name) == kArranging.end()) return found->second;
    id = node.outputs[0];
  }
}

std::optional<InitialValue> InitialValues::of(ValueId id) const {
  const Value& value = graph_.value(id);
  const auto found = reader(id);
  const Node* node = found ? found->node : nullptr;
  const bool is_statistic =
      node != nullptr && node->op->name == "BatchNormalization" && found->input >= 3;
  if (!is_trained(value) && !is_statistic) return std::nullopt;
  const Shape& shape = value.data->shape();
  for (const Role& role : kRoles) {
    if (node != nullptr && node->op->name == role.op && found->input == role.input) {
      return InitialValue{0, role.value};
    }
  }
  if (shape.rank() < 2) return InitialValue{0, 0};
  return InitialValue{fan_in(node, found ? found->input : 0, shape), 0};
}

}  // namespace twingrad
