#include "importers/tfjs/formulas/reversal.h"

#include <limits>

namespace twingrad {

Expr reversed(Expr x, std::span<const int64_t> axes) {
  if (axes.empty()) return x;
  const std::vector<int64_t> from(axes.size(), -1);
  const std::vector<int64_t> limit(axes.size(), std::numeric_limits<int64_t>::min());
  const std::vector<int64_t> steps(axes.size(), -1);
  return x.apply("Slice",
                 {x.integers(from), x.integers(limit), x.integers(axes), x.integers(steps)});
}

Expr backwards(Expr x, int64_t axis, int64_t from, int64_t limit) {
  return x.apply("Slice",
                 {x.integers({from}), x.integers({limit}), x.integers({axis}), x.integers({-1})});
}

}  // namespace twingrad
