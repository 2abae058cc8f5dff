#pragma once

#include <array>
#include <span>
#include <vector>

#include "backends/kernel.h"

namespace twingrad {

// How the inputs of an elementwise operator meet its output: the output's shape with neighbouring
// axes merged wherever every input strides over them evenly. The innermost axis has strides 0 or 1.
struct BroadcastPlan {
  std::vector<int64_t> extents;               // merged, outermost first; at least one
  std::vector<std::vector<int64_t>> strides;  // of each input, in elements, one for each extent

  int64_t run_length() const { return extents.back(); }
  int64_t run_count() const;
  // Offset in elements of input `i` at the start of run `run`.
  int64_t offset(size_t i, int64_t run) const;
};
BroadcastPlan plan_broadcast(const Shape& output, std::span<const Shape* const> inputs);

// Runs `function` over the whole output, in pieces of a fixed size, on the pool.
void run_elementwise(const KernelContext& context, ElementFunction function);

}  // namespace twingrad
