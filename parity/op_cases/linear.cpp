#include "parity/op_cases.h"

namespace twingrad {

std::vector<OpCase> linear_cases() {
  const auto any = [](Shape shape) { return OpInput{std::move(shape), Range::kAny, {}}; };
  std::vector<OpCase> cases = {
      {"MatMul", "matrices", {any({2, 3}), any({3, 4})}},
      {"MatMul", "batches", {any({5, 2, 3}), any({5, 3, 4})}},
      {"MatMul", "stretched", {any({2, 1, 2, 3}), any({3, 3, 2})}},
      {"MatMul", "shared_right", {any({4, 2, 3}), any({3, 2})}},
      {"MatMul", "vector_left", {any({3}), any({3, 4})}},
      {"MatMul", "vector_right", {any({2, 3}), any({3})}},
      {"MatMul", "vectors", {any({3}), any({3})}},
      {"MatMul", "vector_and_batches", {any({3}), any({2, 3, 4})}},
      {"MatMul", "batches_and_vector", {any({2, 4, 3}), any({3})}},
      {"Gemm", "plain", {any({2, 3}), any({3, 4})}},
      {"Gemm", "bias_row", {any({2, 3}), any({3, 4}), any({4})}},
      {"Gemm", "bias_column", {any({2, 3}), any({3, 4}), any({2, 1})}},
      {"Gemm", "bias_scalar", {any({2, 3}), any({3, 4}), any({})}},
  };
  for (const int64_t ta : {0, 1}) {
    for (const int64_t tb : {0, 1}) {
      const std::string label = "transposed_" + std::to_string(ta) + std::to_string(tb);
      cases.push_back({"Gemm",
                       label,
                       {any(ta != 0 ? Shape{3, 2} : Shape{2, 3}),
                        any(tb != 0 ? Shape{4, 3} : Shape{3, 4}), any({2, 4})},
                       {{"alpha", 0.5F}, {"beta", -2.0F}, {"transA", ta}, {"transB", tb}}});
    }
  }
  return cases;
}

}  // namespace twingrad
