#pragma once

#include "ir/attribute.h"

namespace twingrad {

// The slope of a HardSigmoid. Attributes are of 32 bits, but what stands for relu6(x + 3) / 6 is
// meant to be a sixth, which frameworks have as a double: the nearest float reads as 1/6.
inline double hard_sigmoid_slope(const Attributes& attributes) {
  const float alpha = attributes.real("alpha");
  return alpha == 1.0F / 6.0F ? 1.0 / 6.0 : static_cast<double>(alpha);
}

}  // namespace twingrad
