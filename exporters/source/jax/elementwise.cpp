#include "exporters/source/jax/jax.h"
#include "exporters/source/python_literal.h"
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
  return {call("lax.div", {node.in(0), node.in(1)})};
}

Codes pow(NodeWriter& node) {
  return {call("jnp.power", {node.in(0), node.operand(1)})};
}

Codes mod(NodeWriter& node) {
  const std::string_view function = node.flag("fmod") ? "jnp.fmod" : "jnp.mod";
  return {call(function, {node.in(0), node.operand(1)})};
}

Codes where(NodeWriter& node) {
  return {call("jnp.where", {node.in(0), node.in(1), node.in(2)})};
}

template <char const* function>
Codes folded(NodeWriter& node) {
  Code code = node.in(0);
  for (size_t i = 1; i < node.input_count(); ++i) code = call(function, {code, node.operand(i)});
  return {code};
}
constexpr char kMaximum[] = "jnp.maximum";
constexpr char kMinimum[] = "jnp.minimum";

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
  const bool is_relu6 = has_min && has_max && node.is_number(1) && node.is_number(2) &&
                        is_floating_point(node.element()) && node.number(1) == 0 &&
                        node.number(2) == 6;
  if (is_relu6) return {call("jax.nn.relu6", {node.in(0)})};
  Codes arguments = {node.in(0)};
  if (has_min) arguments.push_back(keyword("min", node.operand(1)));
  if (has_max) arguments.push_back(keyword("max", node.operand(2)));
  return {call("jnp.clip", arguments)};
}

Codes elu(NodeWriter& node) {
  if (node.real("alpha") == 1.0F) return {call("jax.nn.elu", {node.in(0)})};
  return {call("jax.nn.elu", {node.in(0), node.real_code("alpha")})};
}

Codes celu(NodeWriter& node) {
  return {call("jax.nn.celu", {node.in(0), node.real_code("alpha")})};
}

Codes selu(NodeWriter& node) {
  return {infix(node.real_code("gamma"), "*",
                call("jax.nn.elu", {node.in(0), node.real_code("alpha")}))};
}

Codes leaky_relu(NodeWriter& node) {
  return {call("jax.nn.leaky_relu", {node.in(0), node.real_code("alpha")})};
}

Codes prelu(NodeWriter& node) {
  const Code x = node.in(0);
  return {call("jnp.where", {infix(x, ">", {"0"}), x, infix(node.in(1), "*", x)})};
}

Codes hard_sigmoid(NodeWriter& node) {
  const double alpha = hard_sigmoid_slope(node.node().attributes);
  if (alpha == 1.0 / 6.0 && node.real("beta") == 0.5F) {
    return {call("jax.nn.hard_sigmoid", {node.in(0)})};
  }
  const Code line =
      infix(infix(node.real_code(alpha), "*", node.in(0)), "+", node.real_code("beta"));
  return {call("jnp.clip", {line, {"0"}, {"1"}})};
}

Codes thresholded_relu(NodeWriter& node) {
  const Code x = node.in(0);
  return {call("jnp.where", {infix(x, ">", node.real_code("alpha")), x, {"0"}})};
}

Codes gelu(NodeWriter& node) {
  const bool approximate = node.text("approximate") == "tanh";
  return {call("jax.nn.gelu", {node.in(0), keyword("approximate", python_bool(approximate))})};
}

Codes swish(NodeWriter& node) {
  const Code x = node.in(0);
  if (node.real("alpha") == 1.0F) return {call("jax.nn.silu", {x})};
  const Code scaled = infix(node.real_code("alpha"), "*", x);
  return {infix(x, "*", call("jax.nn.sigmoid", {scaled}))};
}

Codes shrink(NodeWriter& node) {
  return shrunk(node, "jnp.where", call("jnp.zeros_like", {node.in(0)}));
}

Codes bit_shift(NodeWriter& node) {
  return {call("jnp." + shift_direction(node) + "_shift", {node.in(0), node.in(1)})};
}

Codes cast(NodeWriter& node) {
  const DataType type = node.output_type(0).element;
  if (type == node.element()) return identity(node);
  return {method(node.in(0), "astype", {{jax_type(type)}})};
}

}  // namespace

std::vector<SourceRow> jax_elementwise_rows() {
  std::vector<SourceRow> rows = {
      {"Sub", "{0} - {1}"},
      {"Mul", "{0} * {1}"},
      {"Equal", "{0} == {1}"},
      {"Less", "{0} < {1}"},
      {"LessOrEqual", "{0} <= {1}"},
      {"Greater", "{0} > {1}"},
      {"GreaterOrEqual", "{0} >= {1}"},
      {"And", "jnp.logical_and({0}, {1})"},
      {"Or", "jnp.logical_or({0}, {1})"},
      {"Xor", "jnp.logical_xor({0}, {1})"},
      {"Abs", "jnp.abs({0})"},
      {"Acos", "jnp.arccos({0})"},
      {"Acosh", "jnp.arccosh({0})"},
      {"Asin", "jnp.arcsin({0})"},
      {"Asinh", "jnp.arcsinh({0})"},
      {"Atan", "jnp.arctan({0})"},
      {"Atanh", "jnp.arctanh({0})"},
      {"Ceil", "jnp.ceil({0})"},
      {"Cos", "jnp.cos({0})"},
      {"Cosh", "jnp.cosh({0})"},
      {"Erf", "lax.erf({0})"},
      {"Exp", "jnp.exp({0})"},
      {"Floor", "jnp.floor({0})"},
      {"HardSwish", "jax.nn.hard_swish({0})"},
      {"IsNaN", "jnp.isnan({0})"},
      {"IsInf", "jnp.isinf({0})"},
      {"Log", "jnp.log({0})"},
      {"Mish", "jax.nn.mish({0})"},
      {"Not", "jnp.logical_not({0})"},
      {"Reciprocal", "jnp.reciprocal({0})"},
      {"Relu", "jax.nn.relu({0})"},
      {"Round", "jnp.round({0})"},
      {"Sigmoid", "jax.nn.sigmoid({0})"},
      {"Sign", "jnp.sign({0})"},
      {"Sin", "jnp.sin({0})"},
      {"Sinh", "jnp.sinh({0})"},
      {"Softplus", "jax.nn.softplus({0})"},
      {"Softsign", "jax.nn.soft_sign({0})"},
      {"Sqrt", "jnp.sqrt({0})"},
      {"Tan", "jnp.tan({0})"},
      {"Tanh", "jnp.tanh({0})"},
      {"BitwiseAnd", "jnp.bitwise_and({0}, {1})"},
      {"BitwiseOr", "jnp.bitwise_or({0}, {1})"},
      {"BitwiseXor", "jnp.bitwise_xor({0}, {1})"},
      {"BitwiseNot", "jnp.bitwise_not({0})"},
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
  };
  rows.insert(rows.end(), written.begin(), written.end());
  return rows;
}

}  // namespace twingrad
