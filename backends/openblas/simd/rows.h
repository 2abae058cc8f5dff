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

inline void sum_products_block(const float* dy, const float* x, const Normalization& norm,
                               int64_t n, double* sums) {
  Vector plain[2] = {};
  Vector product[2] = {};
  int which = 0;
  for_each_vector(n, [&](int64_t i, auto get, auto) {
    const Vector value = get(x + i);
    // Lanes behind the end have dy = 0.
    const Vector g = passed_gradient(get(dy + i), value, norm);
    plain[which] += g;
    product[which] = fma(g, value - broadcast(norm.mean), product[which]);
    which ^= 1;
  });
  sums[0] += static_cast<double>(lane_sum(plain[0] + plain[1]));
  sums[1] += static_cast<double>(lane_sum(product[0] + product[1]));
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

// `count` <= kLanes floats, `stride` apart.
inline Vector load_strided(const float* p, int64_t stride, int64_t count) {
  if (stride == 1) return count == kLanes ? load(p) : load_first(p, count);
  alignas(64) float lanes[kLanes] = {};
  for (int64_t i = 0; i < count; ++i) lanes[i] = p[i * stride];
  return load(lanes);
}

// Every second of 2 kLanes - 1 floats.
inline Vector load_every_second(const float* p) {
  const Vector first = load(p);
  const Vector second = load_first(p + kLanes, kLanes - 1);
  IntVector even = {};
  for (int32_t i = 0; i < kLanes; ++i) even[i] = 2 * i;
  return __builtin_shuffle(first, second, even);
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
    store(reinterpret_cast<float*>(indices + first), as_float(index));
  } else {
    store_first(out + first, best, count);
    store_first(reinterpret_cast<float*>(indices + first), as_float(index), count);
  }
}

inline void max_windows_run(const WindowRun& run, float* out, int32_t* indices) {
  for (int64_t i = 0; i < run.count; i += kLanes) {
    const int64_t count = run.count - i < kLanes ? run.count - i : kLanes;
    if (count == kLanes && run.stride == 2) {
      max_windows_at(run, i, count, load_every_second, out, indices);
    } else {
      max_windows_at(
          run, i, count, [&](const float* p) { return load_strided(p, run.stride, count); }, out,
          indices);
    }
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
