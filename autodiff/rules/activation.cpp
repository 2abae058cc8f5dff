#include <cmath>
#include <numbers>

#include "autodiff/rules/tables.h"
#include "ir/ops/hard_sigmoid.h"

namespace twingrad {
namespace {

using Context = const RuleContext&;

double real(Context c, std::string_view name) {
  return static_cast<double>(c.attributes().real(name));
}
bool is_spec(Context c) {
  return c.convention() == Convention::kSpec || c.convention() == Convention::kOnnxruntime;
}
// Whether the branch for negative x has the derivative: also at 0, or, as ONNX's function bodies
// choose, only below.
Expr negative(Expr x, bool with_zero) {
  return with_zero ? x <= x.like(0) : x < x.like(0);
}

// At 0 the frameworks' slope is alpha.
Expr elu_x(Context c) {
  const Expr x = c.x();
  const Expr slope = exp(x) * real(c, "alpha");
  return where(negative(x, !is_spec(c)), c.g() * slope, c.g());
}

// At 0: gamma * alpha, but gamma in TensorFlow and by ONNX's function body.
Expr selu_x(Context c) {
  const Expr x = c.x();
  const double gamma = real(c, "gamma");
  const bool with_zero = c.convention() == Convention::kTorch || c.convention() == Convention::kJax;
  const Expr slope = exp(x) * (gamma * real(c, "alpha"));
  return where(negative(x, with_zero), c.g() * slope, c.g() * gamma);
}

// max(0, x) + min(0, ...): TensorFlow gives both ties of 0 to x.
Expr celu_x(Context c) {
  const Expr x = c.x();
  const Expr below = c.g() * exp(x / real(c, "alpha"));
  const Expr dx = where(x < x.like(0), below, c.g());
  if (c.convention() != Convention::kTensorflow) return dx;
  return where(equal(x, x.like(0)), c.g() * 2, dx);
}

// PyTorch's backward kernel has 1.0f / 6.0f where its forward one divides by 6, in double too.
Expr hard_sigmoid_x(Context c) {
  const double slope =
      c.convention() == Convention::kTorch ? real(c, "alpha") : hard_sigmoid_slope(c.attributes());
  const Expr y = c.y();
  const Expr inside = (y > y.like(0)).apply("And", {y < y.like(1)});
  return where(inside, c.g() * slope, c.g().like(0));
}

// Of x F(x), where F is the normal distribution function or (1 + tanh(u(x))) / 2 in its place.
Expr gelu_x(Context c) {
  const Expr x = c.x();
  if (c.attributes().text("approximate") == "tanh") {
    const double factor = std::sqrt(2 * std::numbers::inv_pi);
    const Expr inner = (x + x * square(x) * 0.044715) * factor;
    const Expr slope = (square(x) * (3 * 0.044715) + 1.0) * factor;
    const Expr bend = inner.apply("Tanh");
    return c.g() * ((bend + 1.0) * 0.5 + x * 0.5 * ((1.0 - square(bend)) * slope));
  }
  const Expr distribution = ((x * (1 / std::numbers::sqrt2)).apply("Erf") + 1.0) * 0.5;
  const Expr density = exp(square(x) * -0.5) * std::sqrt(0.5 * std::numbers::inv_pi);
  return c.g() * (distribution + x * density);
}

// Of x relu6(x + 3) / 6: its own branch at both ends, as every framework has it. Not by way of
// HardSigmoid, whose slope is not quite a sixth in PyTorch.
Expr hard_swish_x(Context c) {
  const Expr x = c.x();
  const Expr inside = c.g() * (x * (1.0 / 3.0) + 0.5);
  const Expr above = where(x < x.like(3), inside, c.g());
  return where(x > x.like(-3), above, c.g().like(0));
}

Expr thresholded_relu_x(Context c) {
  const Expr x = c.x();
  return where(x > x.like(real(c, "alpha")), c.g(), c.g().like(0));
}

Expr shrink_x(Context c) {
  const Expr x = c.x();
  const Expr limit = x.like(real(c, "lambd"));
  return where(x.apply("Abs") > limit, c.g(), c.g().like(0));
}

// At 0: the slope in torch, 0 in TensorFlow (relu(x) - slope relu(-x)), 1 elsewhere.
Expr prelu_x(Context c) {
  const Expr x = c.x(0);
  const Expr sloped = c.g() * c.x(1);
  const Expr dx = where(negative(x, c.convention() == Convention::kTorch), sloped, c.g());
  if (c.convention() != Convention::kTensorflow) return dx;
  return where(equal(x, x.like(0)), c.g().like(0), dx);
}
Expr prelu_slope(Context c) {
  const Expr x = c.x(0);
  return where(x < x.like(0), c.g() * x, c.g().like(0));
}

// What x keeps of the cotangent where it is the bound: all in TensorFlow, ONNX Runtime and by
// ONNX's function body; half of it in JAX, and in torch if the bounds are differentiated, too; none
// in torch if the bounds are just numbers.
double share_at_bound(Context c) {
  if (c.convention() == Convention::kJax) return 0.5;
  if (c.convention() != Convention::kTorch) return 1;
  const bool bounds = (c.has_x(1) && c.wanted(1)) || (c.has_x(2) && c.wanted(2));
  return bounds ? 0.5 : 0;
}

// 1 where `wins`, the share where x is the bound, else 0.
Expr share(Expr x, Expr bound, Expr wins, Context c) {
  const Expr at_bound = where(equal(x, bound), x.like(share_at_bound(c)), x.like(0));
  return where(wins, x.like(1), at_bound);
}

// y = min(max(x, low), high): the shares of x against low, and of that maximum against high.
struct Shares {
  Expr low;
  Expr high;
};

Shares clip_shares(Context c) {
  const Expr x = c.x(0);
  const Expr ones = ones_as(x);
  Shares shares{ones, ones};
  Expr raised = x;
  if (c.has_x(1)) {
    shares.low = share(x, c.x(1), x > c.x(1), c);
    raised = x.apply("Max", {c.x(1)});
  }
  if (c.has_x(2)) shares.high = share(raised, c.x(2), raised < c.x(2), c);
  return shares;
}

Expr clip_x(Context c) {
  const Shares shares = clip_shares(c);
  return c.g() * (shares.low * shares.high);
}
Expr clip_low(Context c) {
  const Shares shares = clip_shares(c);
  return c.g() * ((1 - shares.low) * shares.high);
}
Expr clip_high(Context c) {
  return c.g() * (1 - clip_shares(c).high);
}

}  // namespace

std::vector<DerivativeRow> activation_derivatives() {
  return {
      {"Clip", {clip_x, clip_low, clip_high}},
      {"PRelu", {prelu_x, prelu_slope}},
      {"Shrink", {shrink_x}},
      {"Elu", {elu_x}},
      {"Celu", {celu_x}},
      {"Gelu", {gelu_x}},
      {"Selu", {selu_x}},
      {"HardSigmoid", {hard_sigmoid_x}},
      {"HardSwish", {hard_swish_x}},
      {"ThresholdedRelu", {thresholded_relu_x}},
  };
}

}  // namespace twingrad
