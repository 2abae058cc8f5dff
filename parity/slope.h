#pragma once

#include <span>

#include "parity/line.h"
#include "parity/verdict.h"

namespace twingrad {

// What is held to differences: the gradient by one value, along the direction it moves in.
struct Slope {
  Movement movement;
  Datum gradient;
  bool connected = true;  // else there is no gradient, and `gradient` is zeros
};

// Where the slopes are taken.
struct SlopePoint {
  const Runner& runner;
  const Question& question;
  int order = 1;
  bool singular = false;  // an output is not finite at the point
  int most_lines = 2000;  // that the search for rough elements takes at most
};

// <gradient, direction> summed over the slopes against central differences with all their values
// moving together. Starts with a step of 1e-6; where that does not agree, with smaller steps, which
// cross fewer kinks, as long as rounding leaves the slope visible, and with four points.
TensorVerdict along(const SlopePoint& point, std::span<const Slope> slopes);

// The same for one slope. Where it differs though the line is not smooth, the elements at which
// differences say nothing (kinks, jumps, singularities) are found by halving, left out, and counted
// in the verdict's reason.
TensorVerdict check_slope(const SlopePoint& point, const Slope& slope);

// Whether every element is a finite number; what holds no floats is.
bool is_finite(const Datum& datum);

}  // namespace twingrad
