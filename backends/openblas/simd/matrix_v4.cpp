#include "backends/openblas/simd/matrix.h"

#include "backends/openblas/simd/isa.h"

namespace twingrad {

const MatrixKernels kMatrixV4 = kMatrixTable;

}  // namespace twingrad
