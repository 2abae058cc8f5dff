#include "autodiff/rules/tables.h"

namespace twingrad {
namespace {

using Context = const RuleContext&;

Expr asin_slope(Expr x) {
  return reciprocal(sqrt(1 - square(x)));
}

}  // namespace

std::vector<DerivativeRow> trigonometry_derivatives() {
  return {
      {"Tan", {[](Context c) { return c.g() * (square(c.y()) + 1.0); }}},
      {"Asin", {[](Context c) { return c.g() * asin_slope(c.x()); }}},
      {"Acos", {[](Context c) { return -(c.g() * asin_slope(c.x())); }}},
      {"Atan", {[](Context c) { return c.g() / (square(c.x()) + 1.0); }}},
      {"Sinh", {[](Context c) { return c.g() * c.x().apply("Cosh"); }}},
      {"Cosh", {[](Context c) { return c.g() * c.x().apply("Sinh"); }}},
      {"Asinh", {[](Context c) { return c.g() / sqrt(square(c.x()) + 1.0); }}},
      // Two roots, so that the domain ends at 1, where x^2 - 1 would be positive below -1 again.
      {"Acosh", {[](Context c) { return c.g() / (sqrt(c.x() - 1.0) * sqrt(c.x() + 1.0)); }}},
      {"Atanh", {[](Context c) { return c.g() / (1 - square(c.x())); }}},
  };
}

}  // namespace twingrad
