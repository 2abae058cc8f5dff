#include "importers/tfjs/ops/op_row.h"
#include "ir/error.h"

namespace twingrad {
namespace {

Expr modulo(Expr x, Expr y, int64_t fmod) {
  return x.apply("Mod", {y}, {{"fmod", fmod}});
}

std::vector<Expr> add_n(const OpCall& call) {
  Expr sum = call.input(0);
  for (size_t i = 1; i < call.input_count(); ++i) sum = sum + call.input(i);
  return {sum};
}

std::vector<Expr> bias_add(const OpCall& call) {
  const Expr x = call.input(0);
  Expr bias = call.input(1);
  if (call.attributes.text("data_format", "NHWC") == "NCHW" && x.rank() > 2) {
    std::vector<int64_t> shape(static_cast<size_t>(x.rank() - 1), 1);
    shape[0] = -1;
    bias = reshape(bias, shape);
  }
  return {x + bias};
}

// Zero where y is; the quotient that is not taken must not be infinite either.
Expr divided_or_zero(Expr x, Expr y) {
  const Expr zero = equal(y, y.like(0));
  const Expr quotient = x / where(zero, y.like(1), y);
  return where(zero, quotient.like(0), quotient);
}

// Rounded towards minus infinity, where ONNX's division of integers truncates.
Expr floor_divided(Expr x, Expr y) {
  if (is_floating_point(x.element())) return (x / y).apply("Floor");
  return (x - modulo(x, y, 0)) / y;
}

// With the sign of the divisor.
Expr floor_modulo(Expr x, Expr y) {
  if (is_floating_point(x.element())) return x - (x / y).apply("Floor") * y;
  return modulo(x, y, 0);
}

const TfOpRow kArithmeticRows[] = {
    {"Add", "Add"},
    {"AddV2", "Add"},
    {"AddN", {}, add_n},
    {"BiasAdd", {}, bias_add},
    {"Sub", "Sub"},
    {"Mul", "Mul"},
    {"RealDiv", "Div"},
    {"Div", "Div"},
    {"TruncateDiv", "Div"},
    {"DivNoNan",
     {},
     [](const OpCall& c) { return std::vector{divided_or_zero(c.input(0), c.input(1))}; }},
    {"FloorDiv",
     {},
     [](const OpCall& c) { return std::vector{floor_divided(c.input(0), c.input(1))}; }},
    {"FloorMod",
     {},
     [](const OpCall& c) { return std::vector{floor_modulo(c.input(0), c.input(1))}; }},
    {"Mod", {}, [](const OpCall& c) { return std::vector{modulo(c.input(0), c.input(1), 1)}; }},
    {"TruncateMod",
     {},
     [](const OpCall& c) { return std::vector{modulo(c.input(0), c.input(1), 1)}; }},
    {"Maximum", "Max"},
    {"Minimum", "Min"},
    {"Pow", "Pow"},
    {"SquaredDifference",
     {},
     [](const OpCall& c) { return std::vector{square(c.input(0) - c.input(1))}; }},
};

}  // namespace

std::span<const TfOpRow> arithmetic_op_rows() {
  return kArithmeticRows;
}

}  // namespace twingrad
