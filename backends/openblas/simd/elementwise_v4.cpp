#include "backends/openblas/simd/elementwise.h"

#include "backends/openblas/simd/isa.h"

namespace twingrad {

const ElementwiseKernels kElementwiseV4 = kElementwiseTable;

}  // namespace twingrad
