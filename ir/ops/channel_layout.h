#pragma once

#include "ir/expression.h"

namespace twingrad {

// [N,D1,...,C] as [N,C,D1,...], and back.
Expr channels_first(Expr x);
Expr channels_last(Expr x);

}  // namespace twingrad
