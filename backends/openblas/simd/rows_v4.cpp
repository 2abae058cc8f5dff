#include "backends/openblas/simd/isa.h"
#include "backends/openblas/simd/rows.h"

namespace twingrad {

const RowKernels kRowV4 = kRowTable;

}  // namespace twingrad
