#include "backends/openblas/simd/matrix.h"

#include "backends/openblas/simd/isa.h"

namespace twingrad {

const MatrixKernels kMatrixBaseline = kMatrixTable;

}  // namespace twingrad
