#include <cmath>

#include "exporters/source/python_literal.h"
#include "exporters/source/pytorch/pytorch.h"
#include "exporters/source/shared_rows.h"
#include "ir/error.h"
#include "ir/ops/hard_sigmoid.h"

namespace twingrad {
namespace {

Codes neg(NodeWriter& node) {
  return {negated(node.in(0))};
}

Codes identity(NodeWriter& node) {
  return {node.in(0)};
}

// Integers are divided towards zero.
Codes div(NodeWriter& node) {
  if (is_floating_point(node.element())) {
    const Code left = node.is_number(1) ? node.in(0) : node.operand(0);
    return {infix(left, "/", node.operand(1))};
  }
  const Code trunc = keyword("rounding_mode", python_string("trunc"));
  return {call("torch.div", {node.in(0), node.operand(1), trunc})};
}

Codes pow(NodeWriter& node) {
  return {call("torch.pow", {node.in(0), node.operand(1)})};
}

Codes mod(NodeWriter& node) {
  const std::string_view function = node.flag("fmod") ? "torch.fmod" : "torch.remainder";
  return {call(function, {node.in(0), node.operand(1)})};
}

Codes where(NodeWriter& node) {
  return {call("torch.where", {node.in(0), node.operand(1), node.operand(2)})};
}

// Max, Min of any number of inputs.
template <char const* function>
Codes folded(NodeWriter& node) {
  Code code = node.in(0);
  for (size_t i = 1; i < node.input_count(); ++i) code = call(function, {code, node.in(i)});
  return {code};
}
constexpr char kMaximum[] = "torch.maximum";
constexpr char kMinimum[] = "torch.minimum";

Codes sum(NodeWriter& node) {
  Code code = node.in(0);
  for (size_t i = 1; i < node.input_count(); ++i) code = infix(code, "+", node.in(i));
  return {code};
}

Codes mean(NodeWriter& node) {
  const auto count = static_cast<int64_t>(node.input_count());
  return {infix(sum(node)[0], "/", python_integer(count))};
}

Codes clip(NodeWriter& node) {
  const bool has_min = node.has(1);
  const bool has_max = node.has(2);
  if (!has_min && !has_max) return identity(node);
  const bool known = (!has_min || node.is_number(1)) && (!has_max || node.is_number(2));
  if (!known) {
    Code code = node.in(0);
    if (has_min) code = call("torch.maximum", {code, node.in(1)});
    if (has_max) code = call("torch.minimum", {code, node.in(2)});
    return {code};
  }
  const bool is_relu6 = has_min && has_max && is_floating_point(node.element()) &&
                        node.number(1) == 0 && node.number(2) == 6;
  if (is_relu6) return {call("F.relu6", {node.in(0)})};
  Codes arguments = {node.in(0)};
  if (has_min) arguments.push_back(keyword("min", node.operand(1)));
  if (has_max) arguments.push_back(keyword("max", node.operand(2)));
  return {call("torch.clamp", arguments)};
}

Codes elu(NodeWriter& node) {
  if (node.real("alpha") == 1.0F) return {call("F.elu", {node.in(0)})};
  return {call("F.elu", {node.in(0), keyword("alpha", node.real_code("alpha"))})};
}

Codes celu(NodeWriter& node) {
  return {call("F.celu", {node.in(0), keyword("alpha", node.real_code("alpha"))})};
}

Codes selu(NodeWriter& node) {
  constexpr float kAlpha = 1.67326319217681884765625F;
  constexpr float kGamma = 1.05070102214813232421875F;
  if (node.real("alpha") == kAlpha && node.real("gamma") == kGamma) {
    return {call("F.selu", {node.in(0)})};
  }
  return {infix(node.real_code("gamma"), "*", elu(node)[0])};
}

Codes leaky_relu(NodeWriter& node) {
  return {call("F.leaky_relu", {node.in(0), node.real_code("alpha")})};
}

Codes prelu(NodeWriter& node) {
  const Code x = node.in(0);
  const Code slope = node.in(1);
  return {call("torch.where", {infix(x, ">", {"0"}), x, infix(slope, "*", x)})};
}

Codes hard_sigmoid(NodeWriter& node) {
  const double alpha = hard_sigmoid_slope(node.node().attributes);
  if (alpha == 1.0 / 6.0 && node.real("beta") == 0.5F) return {call("F.hardsigmoid", {node.in(0)})};
  const Code line =
      infix(infix(node.real_code(alpha), "*", node.in(0)), "+", node.real_code("beta"));
  return {call("torch.clamp", {line, keyword("min", {"0"}), keyword("max", {"1"})})};
}

Codes thresholded_relu(NodeWriter& node) {
  return {call("F.threshold", {node.in(0), node.real_code("alpha"), {"0.0"}})};
}

Codes gelu(NodeWriter& node) {
  if (node.text("approximate") == "none") return {call("F.gelu", {node.in(0)})};
  return {call("F.gelu", {node.in(0), keyword("approximate", python_string("tanh"))})};
}

Codes swish(NodeWriter& node) {
  const Code x = node.in(0);
  if (node.real("alpha") == 1.0F) return {call("F.silu", {x})};
  const Code scaled = infix(node.real_code("alpha"), "*", x);
  return {infix(x, "*", call("torch.sigmoid", {scaled}))};
}

Codes shrink(NodeWriter& node) {
  return shrunk(node, "torch.where", call("torch.zeros_like", {node.in(0)}));
}

Codes bit_shift(NodeWriter& node) {
  return {call("torch.bitwise_" + shift_direction(node) + "_shift", {node.in(0), node.in(1)})};
}

Codes cast(NodeWriter& node) {
  const DataType type = node.output_type(0).element;
  if (type == node.element()) return identity(node);
  return {method(node.in(0), "to", {{torch_type(type)}})};
}

Codes is_inf(NodeWriter& node) {
  const bool positive = node.flag("detect_positive");
  const bool negative = node.flag("detect_negative");
  const std::string_view function =
      positive && negative ? "torch.isinf" : (positive ? "torch.isposinf" : "torch.isneginf");
  return {call(function, {node.in(0)})};
}

}  // namespace

std::vector<SourceRow> pytorch_elementwise_rows() {
  std::vector<SourceRow> rows = {
      {"Sub", "{0} - {1}"},
      {"Mul", "{0} * {1}"},
      {"Equal", "{0} == {1}"},
      {"Less", "{0} < {1}"},
      {"LessOrEqual", "{0} <= {1}"},
      {"Greater", "{0} > {1}"},
      {"GreaterOrEqual", "{0} >= {1}"},
      {"And", "torch.logical_and({0}, {1})"},
      {"Or", "torch.logical_or({0}, {1})"},
      {"Xor", "torch.logical_xor({0}, {1})"},
      {"Abs", "torch.abs({0})"},
      {"Acos", "torch.acos({0})"},
      {"Acosh", "torch.acosh({0})"},
      {"Asin", "torch.asin({0})"},
      {"Asinh", "torch.asinh({0})"},
      {"Atan", "torch.atan({0})"},
      {"Atanh", "torch.atanh({0})"},
      {"Ceil", "torch.ceil({0})"},
      {"Cos", "torch.cos({0})"},
      {"Cosh", "torch.cosh({0})"},
      {"Erf", "torch.erf({0})"},
      {"Exp", "torch.exp({0})"},
      {"Floor", "torch.floor({0})"},
      {"HardSwish", "F.hardswish({0})"},
      {"IsNaN", "torch.isnan({0})"},
      {"Log", "torch.log({0})"},
      {"Mish", "F.mish({0})"},
      {"Not", "torch.logical_not({0})"},
      {"Reciprocal", "torch.reciprocal({0})"},
      {"Relu", "F.relu({0})"},
      {"Round", "torch.round({0})"},
      {"Sigmoid", "torch.sigmoid({0})"},
      {"Sign", "torch.sign({0})"},
      {"Sin", "torch.sin({0})"},
      {"Sinh", "torch.sinh({0})"},
      {"Softplus", "F.softplus({0})"},
      {"Softsign", "F.softsign({0})"},
      {"Sqrt", "torch.sqrt({0})"},
      {"Tan", "torch.tan({0})"},
      {"Tanh", "torch.tanh({0})"},
      {"BitwiseAnd", "torch.bitwise_and({0}, {1})"},
      {"BitwiseOr", "torch.bitwise_or({0}, {1})"},
      {"BitwiseXor", "torch.bitwise_xor({0}, {1})"},
      {"BitwiseNot", "torch.bitwise_not({0})"},
  };
  const std::vector<SourceRow> written = {
      {"Neg", "", neg},
      {"Shrink", "", shrink},
      {"BitShift", "", bit_shift},
      {"Identity", "", identity},
      {"Div", "", div},
      {"Pow", "", pow},
      {"Mod", "", mod},
      {"Where", "", where},
      {"Max", "", folded<kMaximum>},
      {"Min", "", folded<kMinimum>},
      {"Sum", "", sum},
      {"Mean", "", mean},
      {"Clip", "", clip},
      {"Elu", "", elu},
      {"Celu", "", celu},
      {"Selu", "", selu},
      {"LeakyRelu", "", leaky_relu},
      {"PRelu", "", prelu},
      {"HardSigmoid", "", hard_sigmoid},
      {"ThresholdedRelu", "", thresholded_relu},
      {"Gelu", "", gelu},
      {"Swish", "", swish},
      {"Cast", "", cast},
      {"CastLike", "", cast},
      {"IsInf", "", is_inf},
  };
  rows.insert(rows.end(), written.begin(), written.end());
  return rows;
}

}  // namespace twingrad
