#pragma once

#include <optional>
#include <span>
#include <vector>

#include "ir/expression.h"

namespace twingrad {

// Reading an image between its elements. Points are [N,P], coordinates count elements of an axis
// (0 is the centre of the first one), images are [N,C,spatial...] in a floating-point type.

// What one element contributes to every point: its index along an axis, a whole number in the
// image's type, and its weight.
struct AxisTap {
  Expr index;
  Expr weight;
};
std::vector<AxisTap> nearest_taps(Expr coordinate);  // halves go to the even neighbour
std::vector<AxisTap> linear_taps(Expr coordinate);
std::vector<AxisTap> cubic_taps(Expr coordinate, double a);  // Keys, 1981

// The extent of an axis as a scalar of x's own type.
Expr extent_as_number(Expr x, int64_t axis);

// x within [low, high]; where it is bounded it has no slope.
Expr bounded(Expr x, Expr low, Expr high);

// Indices outside of [0, extent) read the nearest element, with weight 0.
AxisTap zero_outside(const AxisTap& tap, Expr extent);

// The elements that `taps` name together, one of each axis, and the product of the weights:
// [N,C,P] and [N,1,P]. Indices are in range.
struct Reading {
  Expr values;
  Expr weight;
};
Reading read_elements(Expr image, std::span<const AxisTap> taps);

// The weighted sum over all combinations of the axes' taps: [N,C,P].
Expr interpolated(Expr image, const std::vector<std::vector<AxisTap>>& taps);
// The combinations one by one.
std::vector<Reading> all_readings(Expr image, const std::vector<std::vector<AxisTap>>& taps);

}  // namespace twingrad
