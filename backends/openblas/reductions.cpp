#include "backends/openblas/reductions.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "backends/openblas/panels.h"
#include "backends/openblas/row_kernels.h"
#include "backends/openblas/work_items.h"

namespace twingrad {
namespace {

constexpr int64_t kColumnsAtOnce = 64;
constexpr int64_t kRowsAtOnce = 32;

// Calls each(row) for all rows, a fixed number of them per item.
template <typename Each>
void for_each_row(int64_t rows, int64_t columns, ThreadPool& pool, Each each) {
  const int64_t per_item = std::max<int64_t>(1, kItemElements / std::max<int64_t>(1, columns));
  pool.parallel_for(divide_up(rows, per_item), [&](int64_t item, int) {
    const int64_t end = std::min(rows, (item + 1) * per_item);
    for (int64_t row = item * per_item; row < end; ++row) each(row);
  });
}

// `count` <= kColumnsAtOnce columns: float sums of 32 rows, added up in float64.
void sum_some_columns(const float* x, int64_t rows, int64_t columns, int64_t count, float* out) {
  std::array<double, kColumnsAtOnce> totals{};
  for (int64_t first = 0; first < rows; first += kRowsAtOnce) {
    std::array<float, kColumnsAtOnce> sums{};
    const int64_t end = std::min(rows, first + kRowsAtOnce);
    for (int64_t row = first; row < end; ++row) {
      for (int64_t c = 0; c < count; ++c) sums[static_cast<size_t>(c)] += x[row * columns + c];
    }
    for (size_t c = 0; c < kColumnsAtOnce; ++c) totals[c] += static_cast<double>(sums[c]);
  }
  for (int64_t c = 0; c < count; ++c) out[c] = static_cast<float>(totals[static_cast<size_t>(c)]);
}

void max_some_columns(const float* x, int64_t rows, int64_t columns, int64_t count, float* out) {
  std::fill(out, out + count, -std::numeric_limits<float>::infinity());
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t c = 0; c < count; ++c) {
      const float value = x[row * columns + c];
      const bool better = value > out[c] || std::isnan(value);
      out[c] = better ? value : out[c];
    }
  }
}

template <typename Some>
void for_column_blocks(int64_t columns, ThreadPool& pool, Some some) {
  pool.parallel_for(divide_up(columns, kColumnsAtOnce), [&](int64_t item, int) {
    const int64_t first = item * kColumnsAtOnce;
    some(first, std::min(kColumnsAtOnce, columns - first));
  });
}

}  // namespace

void sum_rows(const float* x, int64_t rows, int64_t columns, float* out, ThreadPool& pool) {
  const RowKernels& kernels = row_kernels();
  for_each_row(rows, columns, pool, [&](int64_t row) {
    out[row] = static_cast<float>(kernels.sum(x + row * columns, columns));
  });
}

void max_rows(const float* x, int64_t rows, int64_t columns, float* out, ThreadPool& pool) {
  const RowKernels& kernels = row_kernels();
  for_each_row(rows, columns, pool,
               [&](int64_t row) { out[row] = kernels.max(x + row * columns, columns); });
}

void sum_columns(const float* x, int64_t rows, int64_t columns, float* out, ThreadPool& pool) {
  for_column_blocks(columns, pool, [&](int64_t first, int64_t count) {
    sum_some_columns(x + first, rows, columns, count, out + first);
  });
}

void max_columns(const float* x, int64_t rows, int64_t columns, float* out, ThreadPool& pool) {
  for_column_blocks(columns, pool, [&](int64_t first, int64_t count) {
    max_some_columns(x + first, rows, columns, count, out + first);
  });
}

void sum_channels(const float* x, int64_t batch, int64_t channels, int64_t inner, float* out,
                  ThreadPool& pool) {
  if (inner == 1) {
    sum_columns(x, batch, channels, out, pool);
    return;
  }
  const RowKernels& kernels = row_kernels();
  for_each_row(channels, batch * inner, pool, [&](int64_t channel) {
    double sum = 0;
    for (int64_t n = 0; n < batch; ++n)
      sum += kernels.sum(x + (n * channels + channel) * inner, inner);
    out[channel] = static_cast<float>(sum);
  });
}

void softmax_rows(const float* x, int64_t rows, int64_t columns, float* out, ThreadPool& pool) {
  const RowKernels& kernels = row_kernels();
  for_each_row(rows, columns, pool, [&](int64_t row) {
    const float* in = x + row * columns;
    float* to = out + row * columns;
    const double sum = kernels.exp_shifted(in, kernels.max(in, columns), to, columns);
    kernels.scale(to, static_cast<float>(1 / sum), to, columns);
  });
}

void log_softmax_rows(const float* x, int64_t rows, int64_t columns, float* out, ThreadPool& pool) {
  const RowKernels& kernels = row_kernels();
  for_each_row(rows, columns, pool, [&](int64_t row) {
    const float* in = x + row * columns;
    float* to = out + row * columns;
    const float shift = kernels.max(in, columns);
    const double sum = kernels.sum_exp_shifted(in, shift, columns);
    kernels.subtract(in, shift, to, columns);
    kernels.subtract(to, static_cast<float>(std::log(sum)), to, columns);
  });
}

}  // namespace twingrad
