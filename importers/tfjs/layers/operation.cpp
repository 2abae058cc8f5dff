// Keras 3 writes the operations of a functional model that stand between layers as layers.
#include <algorithm>

#include "importers/tfjs/layers/layer_row.h"
#include "importers/tfjs/layers/operands.h"
#include "ir/error.h"

namespace twingrad {

std::vector<Expr> operands(const LayerCall& call) {
  std::vector<Expr> values;
  const auto arguments = call.site.arguments;
  const auto items = arguments ? arguments->items() : std::vector<JsonView>();
  const bool has_numbers = std::ranges::any_of(items, &JsonView::is_number);
  if (!has_numbers) {
    for (size_t i = 0; i < call.inputs.size(); ++i) values.push_back(call.input(i));
    return values;
  }
  size_t next = 0;
  for (const JsonView& item : items) {
    values.push_back(item.is_number() ? call.input(0).like(item.number()) : call.input(next++));
  }
  return values;
}

namespace {

std::vector<KerasTensor> unary(LayerCall& call, std::string_view op) {
  return {{call.input(0).apply(op)}};
}

std::vector<KerasTensor> binary(LayerCall& call, std::string_view op) {
  const auto values = operands(call);
  check(values.size() == 2, "has ", values.size(), " operands, expected 2");
  return {{values[0].apply(op, {values[1]})}};
}

std::vector<KerasTensor> not_equal(LayerCall& call) {
  return {{binary(call, "Equal").front().value.apply("Not")}};
}

// Over one axis, several, or all where none is said.
std::vector<KerasTensor> reduced(LayerCall& call, std::string_view op) {
  const Expr x = call.input(0);
  const int64_t keep = call.config.flag("keepdims", false) ? 1 : 0;
  const auto axis = call.config.find("axis");
  if (!axis) return {{x.apply(op, {}, {{"keepdims", keep}})}};
  const auto axes = axis->is_array() ? axis->integers() : std::vector{axis->integer()};
  if (axes.empty()) return {{x}};
  return {{x.apply(op, {x.integers(axes)}, {{"keepdims", keep}})}};
}

const LayerRow kOperationRows[] = {
    {"All", [](LayerCall& c) { return reduced(c, "ReduceMin"); }},
    {"Any", [](LayerCall& c) { return reduced(c, "ReduceMax"); }},
    {"Max", [](LayerCall& c) { return reduced(c, "ReduceMax"); }},
    {"Mean", [](LayerCall& c) { return reduced(c, "ReduceMean"); }},
    {"Min", [](LayerCall& c) { return reduced(c, "ReduceMin"); }},
    {"Prod", [](LayerCall& c) { return reduced(c, "ReduceProd"); }},
    {"Sum", [](LayerCall& c) { return reduced(c, "ReduceSum"); }},
    {"Absolute", [](LayerCall& c) { return unary(c, "Abs"); }},
    {"ConvertToTensor", [](LayerCall& c) { return unary(c, "Identity"); }},
    {"Cos", [](LayerCall& c) { return unary(c, "Cos"); }},
    {"Divide", [](LayerCall& c) { return binary(c, "Div"); }},
    {"Equal", [](LayerCall& c) { return binary(c, "Equal"); }},
    {"Exp", [](LayerCall& c) { return unary(c, "Exp"); }},
    {"Greater", [](LayerCall& c) { return binary(c, "Greater"); }},
    {"GreaterEqual", [](LayerCall& c) { return binary(c, "GreaterOrEqual"); }},
    {"Less", [](LayerCall& c) { return binary(c, "Less"); }},
    {"LessEqual", [](LayerCall& c) { return binary(c, "LessOrEqual"); }},
    {"Log", [](LayerCall& c) { return unary(c, "Log"); }},
    {"LogicalAnd", [](LayerCall& c) { return binary(c, "And"); }},
    {"LogicalNot", [](LayerCall& c) { return unary(c, "Not"); }},
    {"LogicalOr", [](LayerCall& c) { return binary(c, "Or"); }},
    {"Matmul", [](LayerCall& c) { return binary(c, "MatMul"); }},
    {"Negative", [](LayerCall& c) { return unary(c, "Neg"); }},
    {"NotEqual", not_equal},
    {"Power", [](LayerCall& c) { return binary(c, "Pow"); }},
    {"Relu", [](LayerCall& c) { return unary(c, "Relu"); }},
    {"Sigmoid", [](LayerCall& c) { return unary(c, "Sigmoid"); }},
    {"Sin", [](LayerCall& c) { return unary(c, "Sin"); }},
    {"Sqrt", [](LayerCall& c) { return unary(c, "Sqrt"); }},
    {"Square", [](LayerCall& c) { return std::vector<KerasTensor>{{square(c.input(0))}}; }},
    {"Tanh", [](LayerCall& c) { return unary(c, "Tanh"); }},
    {"TrueDivide", [](LayerCall& c) { return binary(c, "Div"); }},
};

}  // namespace

std::span<const LayerRow> operation_layers() {
  return kOperationRows;
}

}  // namespace twingrad
