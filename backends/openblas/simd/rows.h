#pragma once

// The kernels of backends/openblas/row_kernels.h for the instruction set of the including file.

#include "backends/openblas/row_kernels.h"
#include "backends/openblas/simd/vector_math.h"

namespace twingrad {
namespace {

constexpr int64_t kSumBlock = 1024;

// The sum over i in [0, n) of term(i, get), a vector of terms from offset i on; zero behind the end
// must give zero terms, or be masked by the term itself.
template <typename Term>
inline double blocked_sum(int64_t n, Term term) {
  double total = 0;
  for (int64_t block = 0; block < n; block += kSumBlock) {
    const int64_t end = n - block < kSumBlock ? n : block + kSumBlock;
    Vector sums[4] = {};
    int64_t i = block;
    for (; i + 4 * kLanes <= end; i += 4 * kLanes) {
#pragma GCC unroll 4
      for (int64_t s = 0; s < 4; ++s) {
        sums[s] += term(i + s * kLanes, [](const float* p) { return load(p); });
      }
    }
    for (; i + kLanes <= end; i += kLanes) {
      sums[0] += term(i, [](const float* p) { return load(p); });
    }
    if (i < end) {
      const int64_t rest = end - i;
      const Vector last = term(i, [rest](const float* p) { return load_first(p, rest); });
      alignas(64) float lanes[kLanes];
      store(lanes, last);
      sums[1] += load_first(lanes, rest);
    }
    total += static_cast<double>(lane_sum((sums[0] + sums[1]) + (sums[2] + sums[3])));
  }
  return total;
}

inline double sum_run(const float* x, int64_t n) {
  return blocked_sum(n, [=](int64_t i, auto get) { return get(x + i); });
}

inline double sum_squares_run(const float* x, float mean, int64_t n) {
  const Vector center = broadcast(mean);
  return blocked_sum(n, [=](int64_t i, auto get) {
    const Vector d = get(x + i) - center;
    return d * d;
  });
}

inline Vector normalized(Vector x, const Normalization& norm) {
  return fma(x - broadcast(norm.mean), broadcast(norm.factor), broadcast(norm.bias));
}

// dy, or 0 where the relu behind the normalisation gave 0.
inline Vector passed_gradient(Vector dy, Vector x, const Normalization& norm) {
  if (!norm.relu) return dy;
  return normalized(x, norm) > 0.0F ? dy : broadcast(0.0F);
}

struct ProductSums {
  Vector plain;
  Vector product;
};

template <typename Load>
inline void add_products(const float* dy, const float* x, const Normalization& norm, Load get,
                         ProductSums& sums) {
  const Vector value = get(x);
  // Lanes behind the end have dy = 0.
  const Vector g = passed_gradient(get(dy), value, norm);
  sums.plain += g;
  sums.product = fma(g, value - broadcast(norm.mean), sums.product);
}

inline void sum_products_block(const float* dy, const float* x, const Normalization& norm,
                               int64_t n, double* sums) {
  constexpr auto kWhole = [](const float* p) { return load(p); };
  ProductSums parts[4] = {};
  int64_t i = 0;
  for (; i + 4 * kLanes <= n; i += 4 * kLanes) {
#pragma GCC unroll 4
    for (int64_t s = 0; s < 4; ++s) {
      add_products(dy + i + s * kLanes, x + i + s * kLanes, norm, kWhole, parts[s]);
    }
  }
  for (; i + kLanes <= n; i += kLanes) add_products(dy + i, x + i, norm, kWhole, parts[0]);
  const int64_t rest = n - i;
  if (rest > 0) {
    add_products(
        dy + i, x + i, norm, [rest](const float* p) { return load_first(p, rest); }, parts[1]);
  }
  sums[0] += static_cast<double>(
      lane_sum((parts[0].plain + parts[1].plain) + (parts[2].plain + parts[3].plain)));
  sums[1] += static_cast<double>(
      lane_sum((parts[0].product + parts[1].product) + (parts[2].product + parts[3].product)));
}

inline void sum_products_run(const float* dy, const float* x, const Normalization& norm, int64_t n,
                             double* sums) {
  for (int64_t i = 0; i < n; i += kSumBlock) {
    sum_products_block(dy + i, x + i, norm, n - i < kSumBlock ? n - i : kSumBlock, sums);
  }
}

inline void normalize_run(const float* x, const Normalization& norm, float* y, int64_t n) {
  for_each_vector(n, [=](int64_t i, auto get, auto put) {
    const Vector v = normalized(get(x + i), norm);
    put(y + i, norm.relu ? (v < 0.0F ? broadcast(0.0F) : v) : v);
  });
}

inline void normalize_gradient_run(const float* dy, const float* x, const Normalization& norm,
                                   float mean_g, float slope, float* dx, int64_t n) {
  const Vector constant = broadcast(mean_g);
  const Vector factor = broadcast(norm.factor);
  const Vector minus_slope = broadcast(-slope);
  for_each_vector(n, [=](int64_t i, auto get, auto put) {
    const Vector value = get(x + i);
    const Vector g = passed_gradient(get(dy + i), value, norm);
    put(dx + i, fma(value - broadcast(norm.mean), minus_slope, g - constant) * factor);
  });
}

inline float max_run_of(const float* x, int64_t n) {
  Vector best = broadcast(-__builtin_inff());
  IntVector nan = {};
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    const Vector v = load(x + i);
    best = v > best ? v : best;
    nan |= v != v;
  }
  alignas(64) float lanes[kLanes];
  store(lanes, as_float(nan));
  bool any_nan = false;
  for (float lane : lanes) any_nan |= lane != 0;
  store(lanes, best);
  float result = -__builtin_inff();
  for (float lane : lanes) result = lane > result ? lane : result;
  for (; i < n; ++i) {
    any_nan |= x[i] != x[i];
    result = x[i] > result ? x[i] : result;
  }
  return any_nan ? __builtin_nanf("") : result;
}

inline double exp_shifted_run(const float* x, float shift, float* out, int64_t n) {
  const Vector offset = broadcast(shift);
  for_each_vector(
      n, [=](int64_t i, auto get, auto put) { put(out + i, exp_of(get(x + i) - offset)); });
  return sum_run(out, n);
}

inline double sum_exp_shifted_run(const float* x, float shift, int64_t n) {
  const Vector offset = broadcast(shift);
  return blocked_sum(n, [=](int64_t i, auto get) { return exp_of(get(x + i) - offset); });
}

inline void scale_run(const float* x, float factor, float* out, int64_t n) {
  for_each_vector(
      n, [=](int64_t i, auto get, auto put) { put(out + i, get(x + i) * broadcast(factor)); });
}

inline void subtract_run(const float* x, float shift, float* out, int64_t n) {
  for_each_vector(
      n, [=](int64_t i, auto get, auto put) { put(out + i, get(x + i) - broadcast(shift)); });
}

template <typename Load>
inline void max_windows_at(const WindowRun& run, int64_t first, int64_t count, Load load_taps,
                           float* out, int32_t* indices) {
  IntVector lane = {};
  for (int32_t i = 0; i < kLanes; ++i) lane[i] = i;
  const IntVector start = lane * static_cast<int32_t>(run.stride) +
                          (run.first_index + static_cast<int32_t>(first * run.stride));
  Vector best = broadcast(-__builtin_inff());
  IntVector index = start;
  for (int64_t p = 0; p < run.taps_h; ++p) {
    for (int64_t q = 0; q < run.taps_w; ++q) {
      const int64_t offset = p * run.tap_row + q * run.tap_column;
      const Vector v = load_taps(run.x + first * run.stride + offset);
      const IntVector better = (v > best) | (v != v);
      best = better ? v : best;
      index = better ? start + static_cast<int32_t>(offset) : index;
    }
  }
  if (count == kLanes) {
    store(out + first, best);
    __builtin_memcpy(indices + first, &index, sizeof index);
  } else {
    store_first(out + first, best, count);
    for (int64_t i = 0; i < count; ++i) indices[first + i] = index[i];
  }
}

inline void max_windows_run(const WindowRun& run, float* out, int32_t* indices) {
  int64_t i = 0;
  if (run.stride == 2) {
    for (; i + kLanes <= run.count; i += kLanes) {
      max_windows_at(run, i, kLanes, load_every_second, out, indices);
    }
  }
  for (; i < run.count; i += kLanes) {
    const int64_t count = run.count - i < kLanes ? run.count - i : kLanes;
    max_windows_at(
        run, i, count, [&](const float* p) { return load_strided(p, run.stride, count); }, out,
        indices);
  }
}

constexpr RowKernels kRowTable = {
    .sum = sum_run,
    .sum_squares = sum_squares_run,
    .sum_products = sum_products_run,
    .normalize = normalize_run,
    .normalize_gradient = normalize_gradient_run,
    .max = max_run_of,
    .exp_shifted = exp_shifted_run,
    .sum_exp_shifted = sum_exp_shifted_run,
    .scale = scale_run,
    .subtract = subtract_run,
    .max_windows = max_windows_run,
};

}  // namespace
}  // namespace twingrad
