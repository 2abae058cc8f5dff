#pragma once

#include <cstdint>

#include "backends/openblas/matrix_kernels.h"
#include "backends/thread_pool.h"

namespace twingrad {

// Row-major matrix products C = alpha * op(A) op(B) + beta * C, op(A) [m, k], op(B) [k, n].
//
// A is stored as [m, k] or, if transpose_a, as [k, m], with `lda` floats from one stored row to the
// next; B likewise. Sizes may be 0. With beta = 0, C is not read. C must not overlap A or B.
// Results depend on the shape and the processor, not on the number of threads.
template <typename T>
struct Gemm {
  bool transpose_a = false;
  bool transpose_b = false;
  int64_t m = 0;
  int64_t n = 0;
  int64_t k = 0;
  T alpha = 1;
  const T* a = nullptr;
  int64_t lda = 0;
  const T* b = nullptr;
  int64_t ldb = 0;
  T beta = 0;
  T* c = nullptr;
  int64_t ldc = 0;
  // The epilogue, float32 only: C = relu(C + row_bias[row] + column_bias[column]); null is none.
  const T* row_bias = nullptr;
  const T* column_bias = nullptr;
  bool relu = false;
};

// Floats of workspace that sgemm needs for a pool of `threads`; the same for every shape (about 1
// MB a thread). Aligned to 64 bytes it is a little faster.
int64_t sgemm_workspace(int threads);

void sgemm(const Gemm<float>& gemm, ThreadPool& pool, float* workspace);

// `batch` products whose A, B and C are stride_a, stride_b and stride_c floats apart (0: shared).
void sgemm_batched(const Gemm<float>& gemm, int64_t batch, int64_t stride_a, int64_t stride_b,
                   int64_t stride_c, ThreadPool& pool, float* workspace);

// float64 by OpenBLAS, without an epilogue; from any number of threads, but one call runs at a
// time.
void dgemm(const Gemm<double>& gemm);

// sgemm with the kernels of a chosen instruction set, for tests and measurements.
void sgemm_with(const MatrixKernels& kernels, const Gemm<float>& gemm, ThreadPool& pool,
                float* workspace);

}  // namespace twingrad
