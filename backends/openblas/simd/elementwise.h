#pragma once

// The kernels of backends/openblas/elementwise.h for the instruction set of the including file.

#include "backends/openblas/elementwise.h"
#include "backends/openblas/simd/vector_math.h"

namespace twingrad {
namespace {

template <typename F>
inline void map_unary(const float* x, float* out, int64_t n, F f) {
  for_each_vector(n, [=](int64_t i, auto get, auto put) { put(out + i, f(get(x + i))); });
}

template <typename F>
inline void map_binary(const float* a, int64_t stride_a, const float* b, int64_t stride_b,
                       float* out, int64_t n, F f) {
  if (n == 0) return;
  if (stride_a == 0) {
    const Vector first = broadcast(*a);
    if (stride_b == 0) {
      const Vector second = broadcast(*b);
      for_each_vector(n, [=](int64_t i, auto, auto put) { put(out + i, f(first, second)); });
    } else {
      for_each_vector(n,
                      [=](int64_t i, auto get, auto put) { put(out + i, f(first, get(b + i))); });
    }
  } else if (stride_b == 0) {
    const Vector second = broadcast(*b);
    for_each_vector(n, [=](int64_t i, auto get, auto put) { put(out + i, f(get(a + i), second)); });
  } else {
    for_each_vector(
        n, [=](int64_t i, auto get, auto put) { put(out + i, f(get(a + i), get(b + i))); });
  }
}

using Pointer = const float*;

inline void add_run(Pointer a, int64_t sa, Pointer b, int64_t sb, float* out, int64_t n) {
  map_binary(a, sa, b, sb, out, n, [](Vector p, Vector q) { return p + q; });
}
inline void sub_run(Pointer a, int64_t sa, Pointer b, int64_t sb, float* out, int64_t n) {
  map_binary(a, sa, b, sb, out, n, [](Vector p, Vector q) { return p - q; });
}
inline void mul_run(Pointer a, int64_t sa, Pointer b, int64_t sb, float* out, int64_t n) {
  map_binary(a, sa, b, sb, out, n, [](Vector p, Vector q) { return p * q; });
}
inline void div_run(Pointer a, int64_t sa, Pointer b, int64_t sb, float* out, int64_t n) {
  map_binary(a, sa, b, sb, out, n, [](Vector p, Vector q) { return p / q; });
}
inline void max_run(Pointer a, int64_t sa, Pointer b, int64_t sb, float* out, int64_t n) {
  map_binary(a, sa, b, sb, out, n, [](Vector p, Vector q) {
    const Vector larger = p > q ? p : q;
    return p != p ? p : larger;
  });
}
inline void min_run(Pointer a, int64_t sa, Pointer b, int64_t sb, float* out, int64_t n) {
  map_binary(a, sa, b, sb, out, n, [](Vector p, Vector q) {
    const Vector smaller = p < q ? p : q;
    return p != p ? p : smaller;
  });
}
inline void relu_gradient_run(Pointer a, int64_t sa, Pointer b, int64_t sb, float* out, int64_t n) {
  map_binary(a, sa, b, sb, out, n,
             [](Vector p, Vector q) { return q > 0.0F ? p : broadcast(0.0F); });
}

inline void neg_run(Pointer x, float* out, int64_t n) {
  map_unary(x, out, n, [](Vector v) { return -v; });
}
inline void abs_run(Pointer x, float* out, int64_t n) {
  map_unary(x, out, n, [](Vector v) { return magnitude(v); });
}
inline void sqrt_run(Pointer x, float* out, int64_t n) {
  map_unary(x, out, n, [](Vector v) { return square_root(v); });
}
inline void reciprocal_run(Pointer x, float* out, int64_t n) {
  map_unary(x, out, n, [](Vector v) { return 1.0F / v; });
}
inline void square_run(Pointer x, float* out, int64_t n) {
  map_unary(x, out, n, [](Vector v) { return v * v; });
}
inline void exp_run(Pointer x, float* out, int64_t n) {
  map_unary(x, out, n, [](Vector v) { return exp_of(v); });
}
inline void log_run(Pointer x, float* out, int64_t n) {
  map_unary(x, out, n, [](Vector v) { return log_of(v); });
}
inline void tanh_run(Pointer x, float* out, int64_t n) {
  map_unary(x, out, n, [](Vector v) { return tanh_of(v); });
}
inline void sigmoid_run(Pointer x, float* out, int64_t n) {
  map_unary(x, out, n, [](Vector v) { return sigmoid_of(v); });
}
inline void erf_run(Pointer x, float* out, int64_t n) {
  map_unary(x, out, n, [](Vector v) { return erf_of(v); });
}
inline void gelu_run(Pointer x, float* out, int64_t n) {
  map_unary(x, out, n, [](Vector v) { return gelu_of(v); });
}
inline void softplus_run(Pointer x, float* out, int64_t n) {
  map_unary(x, out, n, [](Vector v) { return softplus_of(v); });
}
inline void relu_run(Pointer x, float* out, int64_t n) {
  map_unary(x, out, n, [](Vector v) { return v < 0.0F ? broadcast(0.0F) : v; });
}

inline void where_run(const uint8_t* condition, int64_t stride_condition, Pointer a, int64_t sa,
                      Pointer b, int64_t sb, float* out, int64_t n) {
  if (stride_condition == 0) {
    if (n == 0) return;
    const bool first = *condition != 0;
    const Pointer chosen = first ? a : b;
    const int64_t stride = first ? sa : sb;
    for (int64_t i = 0; i < n; ++i) out[i] = chosen[i * stride];
    return;
  }
  for (int64_t i = 0; i < n; ++i) {
    const float p = a[i * sa];
    const float q = b[i * sb];
    out[i] = condition[i] != 0 ? p : q;
  }
}

inline Vector power_half(Vector v) {
  const Vector root = square_root(v + 0.0F);
  return v == -__builtin_inff() ? -v : root;
}

inline void pow_scalar_run(Pointer x, float exponent, float* out, int64_t n) {
  if (exponent == 2.0F) {
    map_unary(x, out, n, [](Vector v) { return v * v; });
  } else if (exponent == 3.0F) {
    map_unary(x, out, n, [](Vector v) { return v * v * v; });
  } else if (exponent == 0.5F) {
    map_unary(x, out, n, [](Vector v) { return power_half(v); });
  } else if (exponent == -0.5F) {
    map_unary(x, out, n, [](Vector v) { return 1.0F / power_half(v); });
  } else if (exponent == 1.0F) {
    map_unary(x, out, n, [](Vector v) { return v; });
  } else if (exponent == 0.0F) {
    map_unary(x, out, n, [](Vector) { return broadcast(1.0F); });
  } else if (exponent == -1.0F) {
    map_unary(x, out, n, [](Vector v) { return 1.0F / v; });
  } else {
    for (int64_t i = 0; i < n; ++i) out[i] = __builtin_powf(x[i], exponent);
  }
}

inline void add_scaled_run(Pointer x, float scale, float* out, int64_t n) {
  const Vector factor = broadcast(scale);
  for_each_vector(n, [=](int64_t i, auto get, auto put) {
    put(out + i, fma(get(x + i), factor, get(out + i)));
  });
}

constexpr ElementwiseKernels kElementwiseTable = {
    .add = add_run,
    .sub = sub_run,
    .mul = mul_run,
    .div = div_run,
    .max = max_run,
    .min = min_run,
    .relu_gradient = relu_gradient_run,
    .neg = neg_run,
    .abs = abs_run,
    .sqrt = sqrt_run,
    .reciprocal = reciprocal_run,
    .square = square_run,
    .exp = exp_run,
    .log = log_run,
    .tanh = tanh_run,
    .sigmoid = sigmoid_run,
    .erf = erf_run,
    .gelu = gelu_run,
    .softplus = softplus_run,
    .relu = relu_run,
    .where = where_run,
    .pow_scalar = pow_scalar_run,
    .add_scaled = add_scaled_run,
};

}  // namespace
}  // namespace twingrad
