#include "backends/openblas/simd/matrix.h"

#include "backends/openblas/simd/isa.h"

namespace twingrad {

const MatrixKernels kMatrixV3 = kMatrixTable;

}  // namespace twingrad
