#pragma once

#include <cstdint>
#include <span>

#include "ir/expression.h"

namespace twingrad {

// x read backwards along these axes.
Expr reversed(Expr x, std::span<const int64_t> axes);

// The elements of one axis from index `from` down, as far as above `limit`. Negative numbers count
// from the end.
Expr backwards(Expr x, int64_t axis, int64_t from, int64_t limit);

}  // namespace twingrad
