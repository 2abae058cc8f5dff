#pragma once

#include "backends/backend.h"
#include "backends/openblas/rows/tables.h"

namespace twingrad {

// What rows of float routines over images have in common.

// One or two spatial axes.
inline bool is_served(const Shape& x) {
  return x.rank() == 3 || x.rank() == 4;
}
inline float* workspace_floats(const KernelContext& context) {
  return reinterpret_cast<float*>(context.workspace.data());
}
// What the reference row wants, which may be chosen in the place of the routine.
inline size_t base_workspace(const KernelContext& context) {
  return reference_workspace(context, DataType::kFloat);
}

}  // namespace twingrad
