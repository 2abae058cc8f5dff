#pragma once

#include <cstdint>

#include "backends/thread_pool.h"

namespace twingrad {

// Reductions of dense float32 arrays. Sums are as accurate as pairwise summation or better (blocks
// of 1024 in float32, their sums in float64), and run in an order that the shape alone decides.

// out[r] = sum or maximum over c of x[r, c], x [rows, columns]. A maximum is NaN if any is; of no
// elements it is -infinity.
void sum_rows(const float* x, int64_t rows, int64_t columns, float* out, ThreadPool& pool);
void max_rows(const float* x, int64_t rows, int64_t columns, float* out, ThreadPool& pool);

// out[c] = sum or maximum over r of x[r, c], x [rows, columns].
void sum_columns(const float* x, int64_t rows, int64_t columns, float* out, ThreadPool& pool);
void max_columns(const float* x, int64_t rows, int64_t columns, float* out, ThreadPool& pool);

// out[c] = sum over n, i of x[n, c, i], x [batch, channels, inner].
void sum_channels(const float* x, int64_t batch, int64_t channels, int64_t inner, float* out,
                  ThreadPool& pool);

// Each row of x [rows, columns]: exp(x - m) / sum of exp(x - m), m the row's maximum; or
// x - m - log of that sum. out may be x.
void softmax_rows(const float* x, int64_t rows, int64_t columns, float* out, ThreadPool& pool);
void log_softmax_rows(const float* x, int64_t rows, int64_t columns, float* out, ThreadPool& pool);

}  // namespace twingrad
