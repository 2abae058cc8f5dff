#include "autodiff/rules/tables.h"

namespace twingrad {
namespace {

using Context = const RuleContext&;

// The cofactors; PyTorch answers zeros for every singular matrix.
Expr det_x(Context c) {
  const Expr x = c.x();
  const std::vector<int64_t> behind = {x.rank() - 2, x.rank() - 1};
  const Expr slope = unsqueeze(c.g(), behind) * x.apply("Cofactors", {}, {}, kInternalDomain);
  if (c.convention() != Convention::kTorch) return slope;
  const Expr singular = equal(c.y(), c.y().like(0));
  return where(unsqueeze(singular, behind), x.like(0), slope);
}

}  // namespace

std::vector<DerivativeRow> determinant_derivatives() {
  return {
      {"Det", {det_x}},
  };
}

}  // namespace twingrad
