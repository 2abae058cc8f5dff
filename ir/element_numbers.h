#pragma once

#include <span>

#include "ir/tensor.h"

namespace twingrad {

// Elements first, first + 1, ... as `element_as_double` has them, as many as `out` holds; one loop
// over the element type, where that would look it up for each.
void elements_as_doubles(const Tensor& tensor, int64_t first, std::span<double> out);

}  // namespace twingrad
