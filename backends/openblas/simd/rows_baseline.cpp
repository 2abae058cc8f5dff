#include "backends/openblas/simd/isa.h"
#include "backends/openblas/simd/rows.h"

namespace twingrad {

const RowKernels kRowBaseline = kRowTable;

}  // namespace twingrad
