#include "autodiff/rules/tables.h"

namespace twingrad {
namespace {

using Context = const RuleContext&;

Attributes direction(bool reverse) {
  return {{"reverse", int64_t{reverse}}};
}

// The values moved by one place along the axis, forwards or backwards; a zero comes in.
Expr shifted(Expr x, Expr axis, bool forwards) {
  const int64_t flat = -1;
  const Expr along = reshape(axis, std::span(&flat, 1));
  const Expr pads = forwards ? x.integers({1, -1}) : x.integers({-1, 1});
  return x.apply("Pad", {pads, x.like(0), along});
}

Expr recurrence(Expr a, Expr b, Expr axis, bool reverse) {
  return a.apply("LinearRecurrence", {b, axis}, direction(reverse), kInternalDomain);
}

Expr cumulative_sum_x(Context c) {
  Attributes attributes = c.attributes();
  attributes.set("reverse", int64_t{!attributes.flag("reverse")});
  return c.g().apply("CumSum", {c.x(1)}, attributes);
}

// Exact where elements are zero: dx[k] is the product before k times the sum over i >= k of
// g[i] x[k+1] ... x[i], which is a linear recurrence from the end. Exclusive products have i > k
// and end at x[i-1], which is the same with g moved by one place. In reverse everything is
// mirrored.
Expr cumulative_product_x(Context c) {
  const Expr x = c.x(0);
  const Expr axis = c.x(1);
  const bool reverse = c.attributes().flag("reverse");
  const Expr before =
      x.apply("CumProd", {axis},
              {{"exclusive", int64_t{1}}, {"reverse", c.attributes().integer("reverse")}});
  const Expr g = c.attributes().flag("exclusive") ? shifted(c.g(), axis, reverse) : c.g();
  const Expr factors = reverse ? shifted(x, axis, true) : x;
  return before * recurrence(factors, g, axis, !reverse);
}

// The transpose of a recurrence runs the other way.
Expr recurrence_b(Context c) {
  return recurrence(c.x(0), c.g(), c.x(2), !c.attributes().flag("reverse"));
}
// What a[k] multiplied, times the cotangent of what it went into.
Expr recurrence_a(Context c) {
  const Expr arriving = recurrence_b(c);
  const bool reverse = c.attributes().flag("reverse");
  return reverse ? shifted(arriving, c.x(2), true) * c.y()
                 : arriving * shifted(c.y(), c.x(2), true);
}

}  // namespace

std::vector<DerivativeRow> cumulative_derivatives() {
  return {
      {"CumSum", {cumulative_sum_x, nullptr}},
      {"CumProd", {cumulative_product_x, nullptr}},
      {"LinearRecurrence", {recurrence_a, recurrence_b, nullptr}, nullptr, kInternalDomain},
  };
}

}  // namespace twingrad
