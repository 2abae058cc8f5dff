#pragma once

#include <span>

#include "backends/openblas/elementwise.h"
#include "backends/openblas/matrix_kernels.h"
#include "backends/openblas/row_kernels.h"

namespace twingrad {

// What one instruction set has: the tables of kernels that its files define. All sets are linked
// into every binary; the processor decides at run time.
struct InstructionSet {
  const char* name;
  bool supported;  // by the processor that runs
  const ElementwiseKernels* elementwise;
  const MatrixKernels* matrix;
  const RowKernels* row;
};

// From the newest to the oldest; the last is the baseline, which every x86-64 processor supports.
std::span<const InstructionSet> instruction_sets();

// The newest one supported.
const InstructionSet& best_instruction_set();

extern const ElementwiseKernels kElementwiseV4;
extern const ElementwiseKernels kElementwiseV3;
extern const ElementwiseKernels kElementwiseBaseline;
extern const MatrixKernels kMatrixV4;
extern const MatrixKernels kMatrixV3;
extern const MatrixKernels kMatrixBaseline;
extern const RowKernels kRowV4;
extern const RowKernels kRowV3;
extern const RowKernels kRowBaseline;

}  // namespace twingrad
