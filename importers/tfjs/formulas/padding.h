#pragma once

#include <utility>
#include <vector>

#include "ir/expression.h"

namespace twingrad {

// How many elements stand in front of and behind each axis.
using Margins = std::vector<std::pair<int64_t, int64_t>>;

// Zeros around x; negative numbers cut.
Expr zero_padded(Expr x, const Margins& margins);
Expr padded(Expr x, const Margins& margins, Expr value);
// Mirrored at the edge: without the edge's own elements (reflect), or with them.
Expr mirror_padded(Expr x, const Margins& margins, bool reflect);

}  // namespace twingrad
