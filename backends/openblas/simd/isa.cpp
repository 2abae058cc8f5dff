#include "backends/openblas/simd/isa.h"

#include <array>

namespace twingrad {

std::span<const InstructionSet> instruction_sets() {
  static const std::array<InstructionSet, 3> sets = {{
      {"x86-64-v4", __builtin_cpu_supports("x86-64-v4") != 0, &kElementwiseV4, &kMatrixV4, &kRowV4},
      {"x86-64-v3", __builtin_cpu_supports("x86-64-v3") != 0, &kElementwiseV3, &kMatrixV3, &kRowV3},
      {"x86-64", true, &kElementwiseBaseline, &kMatrixBaseline, &kRowBaseline},
  }};
  return sets;
}

const InstructionSet& best_instruction_set() {
  static const InstructionSet& best = [&]() -> const InstructionSet& {
    for (const InstructionSet& set : instruction_sets()) {
      if (set.supported) return set;
    }
    return instruction_sets().back();
  }();
  return best;
}

const ElementwiseKernels& elementwise_kernels() {
  return *best_instruction_set().elementwise;
}

const MatrixKernels& matrix_kernels() {
  return *best_instruction_set().matrix;
}

const RowKernels& row_kernels() {
  return *best_instruction_set().row;
}

}  // namespace twingrad
