#include "backends/openblas/simd/elementwise.h"

#include "backends/openblas/simd/isa.h"

namespace twingrad {

const ElementwiseKernels kElementwiseBaseline = kElementwiseTable;

}  // namespace twingrad
