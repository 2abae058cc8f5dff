#pragma once

#include "autodiff/rule.h"

namespace twingrad {

// For operators that move elements to where only values tell: the number of each element of x, in
// x's shape, goes through the operator in x's place.
Expr positions_of(Expr x);
// The cotangent of x: each element of g is added to the element of x whose number `moved` has in
// its place; `moved` has the elements of g.
Expr added_at_positions(Expr x, Expr moved, Expr g);

}  // namespace twingrad
