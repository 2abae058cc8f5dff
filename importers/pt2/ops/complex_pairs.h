#pragma once

#include "ir/expression.h"

namespace twingrad::aten {

// Complex numbers here are pairs of real ones along a last axis.

Expr part(Expr pairs, int64_t index);  // 0: the real one
Expr pair_of(Expr real, Expr imaginary);
Expr complex_product(Expr a, Expr b);
Expr complex_magnitude(Expr pairs);
Expr complex_angle(Expr pairs);

// PyTorch's numbers for what a transform divides by: 0 nothing, 1 the root of the count, 2 the
// count.
Expr normalized(Expr x, int64_t mode, Expr count);
// The discrete Fourier transform along an axis; nothing is divided by the count.
Expr transform(Expr pairs, int64_t axis, bool inverse, bool onesided);
// The inverse of what is real: of `size` elements the first half is given.
Expr transform_to_real(Expr half, int64_t axis, int64_t size);

// The angle of (x, y) against the axis of x.
Expr arc_tangent(Expr y, Expr x);

}  // namespace twingrad::aten
