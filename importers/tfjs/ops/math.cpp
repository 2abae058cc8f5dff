#include <numbers>

#include "importers/tfjs/ops/op_row.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// The half plane of x decides; where x is 0 the quotient is not taken and must not be infinite.
Expr atan2(Expr y, Expr x) {
  const Expr zero = x.like(0);
  const Expr on_axis = equal(x, zero);
  const Expr base = (y / where(on_axis, x.like(1), x)).apply("Atan");
  const Expr half_turn = where(y >= zero, y.like(std::numbers::pi), y.like(-std::numbers::pi));
  const Expr left = where(x < zero, base + half_turn, base);
  // From the definition as 2 atan(y / (|(x,y)| + x)), which has the slope that is wanted at x = 0.
  const Expr upright = ((square(x) + square(y)).apply("Sqrt") + x);
  const Expr fits = upright > zero;
  const Expr through_axis = (y / where(fits, upright, upright.like(1))).apply("Atan") * 2.0;
  return where(on_axis, where(fits, through_axis, base * 0.0), left);
}

// Two forms: the difference loses what is small, the other one overflows.
Expr expm1(Expr x) {
  const Expr near = x.apply("Abs") < x.like(1);
  const Expr tangent = (where(near, x, x.like(0)) * 0.5).apply("Tanh");
  return where(near, (tangent * 2.0) / (1.0 - tangent), exp(x) - 1.0);
}

Expr log1p(Expr x) {
  const Expr near = x.apply("Abs") < x.like(0.5);
  const Expr small = where(near, x, x.like(0));
  const Expr ratio = small / (small + 2.0);
  return where(near, ratio.apply("Atanh") * 2.0, log(x + 1.0));
}

Expr clipped(Expr x, Expr low, Expr high) {
  const bool scalars = low.rank() == 0 && high.rank() == 0;
  if (scalars) return x.apply("Clip", {low, high});
  return x.apply("Min", {high}).apply("Max", {low});
}

using Unary = Expr (*)(Expr x);
template <Unary formula>
std::vector<Expr> of(const OpCall& call) {
  return {formula(call.input(0))};
}

const TfOpRow kMathRows[] = {
    {"Abs", "Abs"},
    {"Acos", "Acos"},
    {"Acosh", "Acosh"},
    {"Asin", "Asin"},
    {"Asinh", "Asinh"},
    {"Atan", "Atan"},
    {"Atanh", "Atanh"},
    {"Atan2", {}, [](const OpCall& c) { return std::vector{atan2(c.input(0), c.input(1))}; }},
    {"Ceil", "Ceil"},
    {"ClipByValue",
     {},
     [](const OpCall& c) { return std::vector{clipped(c.input(0), c.input(1), c.input(2))}; }},
    {"Cos", "Cos"},
    {"Cosh", "Cosh"},
    {"Erf", "Erf"},
    {"Erfc", {}, of<[](Expr x) { return 1.0 - x.apply("Erf"); }>},
    {"Exp", "Exp"},
    {"Expm1", {}, of<expm1>},
    {"Floor", "Floor"},
    {"IsFinite",
     {},
     of<[](Expr x) { return logical_not(x.apply("IsNaN").apply("Or", {x.apply("IsInf")})); }>},
    {"IsInf", "IsInf"},
    {"IsNan", "IsNaN"},
    {"Log", "Log"},
    {"Log1p", {}, of<log1p>},
    {"Neg", "Neg"},
    {"Reciprocal", "Reciprocal"},
    {"Inv", "Reciprocal"},
    {"Rint", "Round"},
    {"Round", "Round"},
    {"Rsqrt", {}, of<[](Expr x) { return reciprocal(sqrt(x)); }>},
    {"Sign", "Sign"},
    {"Sin", "Sin"},
    {"Sinh", "Sinh"},
    {"Sqrt", "Sqrt"},
    {"Square", {}, of<[](Expr x) { return square(x); }>},
    {"Tan", "Tan"},
    {"Xlogy",
     {},
     [](const OpCall& c) {
       const Expr zero = equal(c.input(0), c.input(0).like(0));
       const Expr safe = where(zero, c.input(1).like(1), c.input(1));
       return std::vector{c.input(0) * log(safe)};
     }},
};

}  // namespace

std::span<const TfOpRow> math_op_rows() {
  return kMathRows;
}

}  // namespace twingrad
