#include "backends/openblas/simd/isa.h"

#include <array>

namespace twingrad {
namespace {

// What GCC uses of the levels x86-64-v3 and -v4; the built-in asks the operating system, too.
bool supports_v3() {
  return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0 &&
         __builtin_cpu_supports("bmi") != 0 && __builtin_cpu_supports("bmi2") != 0 &&
         __builtin_cpu_supports("popcnt") != 0;
}

bool supports_v4() {
  return supports_v3() && __builtin_cpu_supports("avx512f") != 0 &&
         __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512cd") != 0 &&
         __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0;
}

}  // namespace

std::span<const InstructionSet> instruction_sets() {
  static const std::array<InstructionSet, 3> sets = {{
      {"x86-64-v4", supports_v4(), &kElementwiseV4, &kMatrixV4, &kRowV4},
      {"x86-64-v3", supports_v3(), &kElementwiseV3, &kMatrixV3, &kRowV3},
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
