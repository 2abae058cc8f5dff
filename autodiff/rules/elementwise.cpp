#include <cmath>
#include <numbers>

#include "autodiff/rules/tables.h"
#include "ir/error.h"

namespace twingrad {
namespace {

using Context = const RuleContext&;

Expr pass(Context c) {
  return c.g();
}
Expr choose(Expr condition, Expr g) {
  return where(condition, g, g.like(0));
}

// |x|' at 0: 0, which is what sign(0) gives; JAX's select(x >= 0) gives 1.
Expr abs_x(Context c) {
  const Expr x = c.x();
  if (c.convention() != Convention::kJax) return c.g() * x.apply("Sign");
  return where(x >= x.like(0), c.g(), -c.g());
}

// The slope at 0 is that of the negative side where the framework tests x > 0, and 1 where, as in
// ONNX's formula, it tests x < 0.
Expr leaky_relu_x(Context c) {
  const Expr x = c.x();
  const Expr sloped = c.g() * static_cast<double>(c.attributes().real("alpha"));
  const bool strict =
      c.convention() == Convention::kTorch || c.convention() == Convention::kTensorflow;
  return strict ? where(x > x.like(0), c.g(), sloped) : where(x < x.like(0), sloped, c.g());
}

Expr relu_x(Context c) {
  return c.y().apply("ReluGradient", {c.g()}, {}, kInternalDomain);
}
Expr relu_gradient_g(Context c) {
  return c.x(0).apply("ReluGradient", {c.g()}, {}, kInternalDomain);
}

Expr tanh_x(Context c) {
  return c.g() * (1 - square(c.y()));
}
Expr sigmoid_x(Context c) {
  return c.g() * (c.y() * (1 - c.y()));
}
// torch switches to the identity, whose derivative is 1, where x > 20.
Expr softplus_x(Context c) {
  const Expr slope = c.x().apply("Sigmoid");
  if (c.convention() != Convention::kTorch) return c.g() * slope;
  return where(c.x() > c.x().like(20), c.g(), c.g() * slope);
}
Expr erf_x(Context c) {
  return c.g() * (exp(-square(c.x())) * (2 * std::numbers::inv_sqrtpi));
}
// TensorFlow: 0 where the cotangent is 0, also at x = 0 where the formula says 0 * inf.
Expr sqrt_x(Context c) {
  const Expr slope = c.g() / (c.y() * 2);
  if (c.convention() != Convention::kTensorflow) return slope;
  return where(equal(c.g(), c.g().like(0)), c.g().like(0), slope);
}
Expr reciprocal_x(Context c) {
  return -(c.g() * square(c.y()));
}

Expr div_b(Context c) {
  return -(c.g() * (c.y() / c.x(1)));
}

// The cotangent of an integer or of a small float is in a type that holds it.
Expr cast_x(Context c) {
  const DataType type = c.x().element();
  return kFloatTypes.contains(type) ? cast(c.g(), type) : c.g();
}

DerivativeRow rounding(std::string_view op) {
  return {.op = op,
          .inputs = {nullptr},
          .straight_through = {pass},
          .zeros_in = {Convention::kTorch, Convention::kJax}};
}

// The quotient that was rounded stays as it is between the jumps: what was subtracted of a, over b.
Expr mod_b(Context c) {
  return -(c.g() * ((c.x(0) - c.y()) / c.x(1)).apply("Round"));
}

// x^y by x: y x^(y-1). Where y is 0 that is 0, also at x = 0 where the formula says 0 * inf and
// TensorFlow, JAX and ONNX Runtime answer NaN.
Expr pow_x(Context c) {
  const Expr x = c.x(0);
  const Expr y = cast(c.x(1), x.element());
  const Expr slope = y * pow(x, y - 1);
  if (c.convention() != Convention::kTorch && c.convention() != Convention::kSpec) {
    return c.g() * slope;
  }
  return c.g() * where(equal(y, y.like(0)), x.like(0), slope);
}

// x^y by y: x^y log x. torch: 0 where x = 0 and y >= 0; TensorFlow: log x counts as 0 where x <= 0,
// JAX: where x = 0.
Expr pow_y(Context c) {
  const Expr x = c.x(0);
  const Expr z = c.y();
  Expr slope = z * log(x);
  if (c.convention() == Convention::kTensorflow) {
    slope = z * where(x > x.like(0), log(x), x.like(0));
  } else if (c.convention() == Convention::kJax) {
    slope = z * where(equal(x, x.like(0)), x.like(0), log(x));
  } else if (c.convention() != Convention::kOnnxruntime) {
    const Expr y = cast(c.x(1), x.element());
    const Expr at_zero = equal(x, x.like(0)).apply("And", {y >= y.like(0)});
    slope = where(at_zero, x.like(0), slope);
  }
  return cast(c.g() * slope, c.x(1).element());
}

// The share of one operand of a chain of two-operand maxima (minima): all where it is the larger.
// At a tie TensorFlow gives all to the first, the others half to each; with three and more operands
// ONNX Runtime and `spec` split evenly over all that are equal, the chain does not.
Expr extremum_share(Expr mine, Expr other, bool mine_first, bool minimum, Context c) {
  const Expr one = mine.like(1);
  const Expr wins = minimum ? mine < other : mine > other;
  if (c.convention() == Convention::kTensorflow) {
    const Expr all = mine_first ? (minimum ? mine <= other : mine >= other) : wins;
    return where(all, one, mine.like(0));
  }
  return where(wins, one, where(equal(mine, other), mine.like(0.5), mine.like(0)));
}

Expr even_share(Context c) {
  const Expr y = c.y();
  Expr ties = cast(equal(c.x(0), y), y.element());
  for (size_t i = 1; i < c.node().inputs.size(); ++i) {
    ties = ties + cast(equal(c.x(i), y), y.element());
  }
  return choose(equal(c.x(c.index()), y), c.g() / ties);
}

Expr extremum_x(Context c, std::string_view op) {
  const size_t count = c.node().inputs.size();
  const bool even =
      c.convention() == Convention::kOnnxruntime || c.convention() == Convention::kSpec;
  if (count == 1) return c.g();
  if (even) return even_share(c);
  const bool minimum = op == "Min";
  // max(x0, x1, x2) is max(max(x0, x1), x2): walk up the chain from operand `index`.
  Expr running = c.x(0);
  Expr share = ones_as(c.y());
  for (size_t i = 1; i < count; ++i) {
    if (i == c.index()) {
      share = share * extremum_share(c.x(i), running, false, minimum, c);
    } else if (i > c.index()) {
      share = share * extremum_share(running, c.x(i), true, minimum, c);
    }
    running = running.apply(op, {c.x(i)});
  }
  return c.g() * share;
}
Expr max_x(Context c) {
  return extremum_x(c, "Max");
}
Expr min_x(Context c) {
  return extremum_x(c, "Min");
}

}  // namespace

std::vector<DerivativeRow> elementwise_derivatives() {
  return {
      {"Abs", {abs_x}},
      {"Neg", {[](Context c) { return -c.g(); }}},
      {.op = "Sign",
       .inputs = {nullptr},
       .zeros_in = {Convention::kTorch, Convention::kTensorflow, Convention::kJax}},
      rounding("Floor"),
      rounding("Ceil"),
      rounding("Round"),
      {"Exp", {[](Context c) { return c.g() * c.y(); }}},
      {"Log", {[](Context c) { return c.g() / c.x(); }}},
      {"Sqrt", {sqrt_x}},
      {"Reciprocal", {reciprocal_x}},
      {"Sin", {[](Context c) { return c.g() * c.x().apply("Cos"); }}},
      {"Cos", {[](Context c) { return -(c.g() * c.x().apply("Sin")); }}},
      {"Tanh", {tanh_x}},
      {"Sigmoid", {sigmoid_x}},
      {"Erf", {erf_x}},
      {"Relu", {relu_x}},
      {"ReluGradient", {nullptr, relu_gradient_g}, nullptr, kInternalDomain},
      {"Softplus", {softplus_x}},
      {"LeakyRelu", {leaky_relu_x}},
      {"Add", {pass, pass}},
      {"Sub", {pass, [](Context c) { return -c.g(); }}},
      {"Mul", {[](Context c) { return c.g() * c.x(1); }, [](Context c) { return c.g() * c.x(0); }}},
      {"Div", {[](Context c) { return c.g() / c.x(1); }, div_b}},
      {"Mod", {pass, mod_b}},
      {"Pow", {pow_x, pow_y}},
      {"Max", {max_x}},
      {"Min", {min_x}},
      {.op = "Cast", .inputs = {cast_x}, .straight_through = {cast_x}},
  };
}

}  // namespace twingrad
