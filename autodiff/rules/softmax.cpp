#include "autodiff/rules/tables.h"

namespace twingrad {
namespace {

using Context = const RuleContext&;

Expr sum_along(Expr x, Context c) {
  const std::vector<int64_t> axes = {normalized_axis(c.attributes().integer("axis"), x.rank())};
  return reduce_sum(x, axes, true);
}

// dx = y (g - sum(g y))
Expr softmax_x(Context c) {
  return c.y() * (c.g() - sum_along(c.g() * c.y(), c));
}

// dx = g - softmax(x) sum(g)
Expr log_softmax_x(Context c) {
  return c.g() - exp(c.y()) * sum_along(c.g(), c);
}

}  // namespace

std::vector<DerivativeRow> softmax_derivatives() {
  return {
      {"Softmax", {softmax_x}},
      {"LogSoftmax", {log_softmax_x}},
      {"Hardmax", {nullptr}},
  };
}

}  // namespace twingrad
