#pragma once

#include "ir/datum.h"
#include "ir/type.h"

namespace twingrad {

// A scan output in the making: equal-shaped tensors along a new first axis.
class StackedSlices {
 public:
  // `expected`: how many slices there will probably be.
  explicit StackedSlices(int64_t expected) : expected_(expected) {}

  // Throws Error where the type or shape differs from the slices before.
  void append(const Tensor& slice);
  // [count, ...]. `slice_type` tells the rest of the shape where there is no slice: its unknown
  // extents count as 0; Error where it has no known rank.
  Tensor finish(const Type& slice_type) const;

 private:
  void grow(const Tensor& slice);

  int64_t expected_;
  int64_t count_ = 0;
  Tensor stack_;  // [capacity, ...]
};

}  // namespace twingrad
