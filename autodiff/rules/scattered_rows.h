#pragma once

#include "ir/expression.h"

namespace twingrad {

// The transpose of gathering rows: zeros of x's shape, to which g[..., i, ...] is added at the
// index indices[i] along the axis. The indices are a vector. Needs the rank of x.
Expr scattered_rows(Expr x, Expr indices, Expr g, int64_t axis);

}  // namespace twingrad
