#include "exporters/source/python_literal.h"
#include "exporters/source/shared_rows.h"
#include "exporters/source/tensorflow/tensorflow.h"
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
  return {call("tf.truncatediv", {node.in(0), node.in(1)})};
}

Codes pow(NodeWriter& node) {
  return {call("tf.pow", {node.in(0), node.operand(1)})};
}

Codes mod(NodeWriter& node) {
  const std::string_view function = node.flag("fmod") ? "tf.truncatemod" : "tf.math.floormod";
  return {call(function, {node.in(0), node.operand(1)})};
}

Codes where(NodeWriter& node) {
  return {call("tf.where", {node.in(0), node.in(1), node.in(2)})};
}

template <char const* function>
Codes folded(NodeWriter& node) {
  Code code = node.in(0);
  for (size_t i = 1; i < node.input_count(); ++i) code = call(function, {code, node.operand(i)});
  return {code};
}
constexpr char kMaximum[] = "tf.maximum";
constexpr char kMinimum[] = "tf.minimum";

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
  if (is_relu6) return {call("tf.nn.relu6", {node.in(0)})};
  if (has_min && has_max) {
    return {call("tf.clip_by_value", {node.in(0), node.operand(1), node.operand(2)})};
  }
  return {has_min ? call("tf.maximum", {node.in(0), node.operand(1)})
                  : call("tf.minimum", {node.in(0), node.operand(2)})};
}

// The exponential of positive elements is not computed: it may overflow, and its gradient with it.
Code exponential_part(const Code& x) {
  return call("tf.math.expm1", {call("tf.minimum", {x, {"0"}})});
}

Codes elu(NodeWriter& node) {
  const Code x = node.in(0);
  if (node.real("alpha") == 1.0F) return {call("tf.nn.elu", {x})};
  const Code below = infix(node.real_code("alpha"), "*", exponential_part(x));
  return {call("tf.where", {infix(x, ">", {"0"}), x, below})};
}

Codes celu(NodeWriter& node) {
  const Code x = node.in(0);
  const Code alpha = node.real_code("alpha");
  const Code below = infix(alpha, "*", exponential_part(infix(x, "/", alpha)));
  return {infix(call("tf.maximum", {x, {"0"}}), "+", below)};
}

Codes selu(NodeWriter& node) {
  return {infix(node.real_code("gamma"), "*", elu(node)[0])};
}

Codes mish(NodeWriter& node) {
  const Code x = node.in(0);
  return {infix(x, "*", call("tf.tanh", {call("tf.nn.softplus", {x})}))};
}

Codes hard_swish(NodeWriter& node) {
  const Code x = node.in(0);
  const Code gate = call("tf.nn.relu6", {infix(x, "+", {"3"})});
  return {infix(infix(x, "*", gate), "/", {"6"})};
}

Codes leaky_relu(NodeWriter& node) {
  return {call("tf.nn.leaky_relu", {node.in(0), keyword("alpha", node.real_code("alpha"))})};
}

Codes prelu(NodeWriter& node) {
  const Code x = node.in(0);
  return {call("tf.where", {infix(x, ">", {"0"}), x, infix(node.in(1), "*", x)})};
}

Codes hard_sigmoid(NodeWriter& node) {
  const double alpha = hard_sigmoid_slope(node.node().attributes);
  const Code line =
      infix(infix(node.real_code(alpha), "*", node.in(0)), "+", node.real_code("beta"));
  return {call("tf.clip_by_value", {line, {"0"}, {"1"}})};
}

Codes thresholded_relu(NodeWriter& node) {
  const Code x = node.in(0);
  const Code zeros = call("tf.zeros_like", {x});
  return {call("tf.where", {infix(x, ">", node.real_code("alpha")), x, zeros})};
}

// TensorFlow's exact form rounds the root of 2 to 32 bits.
Codes gelu(NodeWriter& node) {
  const Code x = node.in(0);
  const bool approximate = node.text("approximate") == "tanh";
  if (approximate || node.element() != DataType::kDouble) {
    return {call("tf.nn.gelu", {x, keyword("approximate", python_bool(approximate))})};
  }
  const Code scaled = infix(x, "*", {"0.7071067811865476"});
  const Code sum = infix({"1"}, "+", call("tf.math.erf", {scaled}));
  return {infix(infix({"0.5"}, "*", x), "*", sum)};
}

Codes swish(NodeWriter& node) {
  const Code x = node.in(0);
  if (node.real("alpha") == 1.0F) return {call("tf.nn.silu", {x})};
  const Code scaled = infix(node.real_code("alpha"), "*", x);
  return {infix(x, "*", call("tf.sigmoid", {scaled}))};
}

Codes shrink(NodeWriter& node) {
  return shrunk(node, "tf.where", call("tf.zeros_like", {node.in(0)}));
}

Codes bit_shift(NodeWriter& node) {
  return {call("tf.bitwise." + shift_direction(node) + "_shift", {node.in(0), node.in(1)})};
}

Codes cast(NodeWriter& node) {
  const DataType type = node.output_type(0).element;
  if (type == node.element()) return identity(node);
  return {call("tf.cast", {node.in(0), {tf_type(type)}})};
}

}  // namespace

std::vector<SourceRow> tensorflow_elementwise_rows() {
  std::vector<SourceRow> rows = {
      {"Sub", "{0} - {1}"},
      {"Mul", "{0} * {1}"},
      {"Equal", "{0} == {1}"},
      {"Less", "{0} < {1}"},
      {"LessOrEqual", "{0} <= {1}"},
      {"Greater", "{0} > {1}"},
      {"GreaterOrEqual", "{0} >= {1}"},
      {"And", "tf.logical_and({0}, {1})"},
      {"Or", "tf.logical_or({0}, {1})"},
      {"Xor", "tf.math.logical_xor({0}, {1})"},
      {"Abs", "tf.abs({0})"},
      {"Acos", "tf.acos({0})"},
      {"Acosh", "tf.acosh({0})"},
      {"Asin", "tf.asin({0})"},
      {"Asinh", "tf.asinh({0})"},
      {"Atan", "tf.atan({0})"},
      {"Atanh", "tf.atanh({0})"},
      {"Ceil", "tf.math.ceil({0})"},
      {"Cos", "tf.cos({0})"},
      {"Cosh", "tf.cosh({0})"},
      {"Erf", "tf.math.erf({0})"},
      {"Exp", "tf.exp({0})"},
      {"Floor", "tf.floor({0})"},
      {"IsNaN", "tf.math.is_nan({0})"},
      {"IsInf", "tf.math.is_inf({0})"},
      {"Log", "tf.math.log({0})"},
      {"Not", "tf.logical_not({0})"},
      {"Reciprocal", "tf.math.reciprocal({0})"},
      {"Relu", "tf.nn.relu({0})"},
      {"Round", "tf.round({0})"},
      {"Sigmoid", "tf.sigmoid({0})"},
      {"Sign", "tf.sign({0})"},
      {"Sin", "tf.sin({0})"},
      {"Sinh", "tf.sinh({0})"},
      {"Softplus", "tf.nn.softplus({0})"},
      {"Softsign", "tf.nn.softsign({0})"},
      {"Sqrt", "tf.sqrt({0})"},
      {"Tan", "tf.tan({0})"},
      {"Tanh", "tf.tanh({0})"},
      {"BitwiseAnd", "tf.bitwise.bitwise_and({0}, {1})"},
      {"BitwiseOr", "tf.bitwise.bitwise_or({0}, {1})"},
      {"BitwiseXor", "tf.bitwise.bitwise_xor({0}, {1})"},
      {"BitwiseNot", "tf.bitwise.invert({0})"},
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
      {"HardSwish", "", hard_swish},
      {"Mish", "", mish},
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
