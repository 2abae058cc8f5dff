#pragma once

#include "ir/expression.h"

namespace twingrad {

// Sums over the windows of a pooling with these attributes, as a convolution by ones. x is
// [N,C,spatial...]; its extents need not be known.
Expr window_sums(Expr x, const Attributes& attributes);

}  // namespace twingrad
