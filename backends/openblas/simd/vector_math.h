#pragma once

// Elementary functions on vectors. The polynomials are minimax fits (Lawson's iteration in 50
// digits) of the named function on the named interval, minimising the relative error of the
// result. elementwise_test.cpp measures the errors in units in the last place.

#include "backends/openblas/simd/vector.h"

namespace twingrad {
namespace {

// 2^k for k in [-126, 127].
inline Vector power_of_two(IntVector k) {
  return as_float((k + 127) << 23);
}

// exp(x) = 2^k exp(r), r = x - k log 2 in +-0.35; log 2 is split so that k * kLogTwoHigh is exact.
// The factor 2^k comes in two halves: results reach into the denormals and up to the largest float.
// `rest`, small beside 1, is added to x without rounding.
inline Vector exp_of(Vector x, Vector rest) {
  constexpr float kLog2E = 1.44269504F;
  constexpr float kLogTwoHigh = 0.693359375F;
  constexpr float kLogTwoLow = -2.12194440e-4F;
  // Outside of +-105 the result is 0 or infinite anyway. NaN compares false and stays.
  const Vector low = broadcast(-105.0F);
  const Vector high = broadcast(105.0F);
  const Vector bounded = x < low ? low : (x > high ? high : x);
  const IntVector k = round_to_int(bounded * broadcast(kLog2E));
  const Vector whole = to_float(k);
  Vector r = fma(whole, broadcast(-kLogTwoHigh), bounded);
  r = fma(whole, broadcast(-kLogTwoLow), r) + rest;
  // exp(r) = 1 + r + r^2 P(r)
  Vector p = broadcast(1.9916597e-04F);
  p = fma(p, r, broadcast(1.39473e-03F));
  p = fma(p, r, broadcast(8.333268e-03F));
  p = fma(p, r, broadcast(4.166625e-02F));
  p = fma(p, r, broadcast(1.6666667e-01F));
  p = fma(p, r, broadcast(0.5F));
  p = fma(p, r * r, r) + 1.0F;
  const IntVector half = k >> 1;
  const Vector result = p * power_of_two(half) * power_of_two(k - half);
  return x != x ? x : result;
}

inline Vector exp_of(Vector x) {
  return exp_of(x, broadcast(0.0F));
}

// log(x) = k log 2 + log(1 + f), 1 + f in [sqrt(1/2), sqrt(2)].
inline Vector log_of(Vector x) {
  const Vector least_normal = broadcast(1.17549435e-38F);
  const auto denormal = x < least_normal;
  const Vector scaled = denormal ? x * 8388608.0F : x;
  // Without the sign, so that the difference cannot overflow; negative x give NaN below.
  const IntVector bits = as_int(magnitude(scaled));
  // Counting from the bits of sqrt(1/2) puts the boundary between exponents there.
  const IntVector shifted = bits - 0x3f3504f3;
  const IntVector k = (shifted >> 23) - (denormal & 23);
  const Vector f = as_float((shifted & 0x007fffff) + 0x3f3504f3) - 1.0F;
  const Vector whole = to_float(k);
  // log(1 + f) = f - f^2/2 + f^3 P(f)
  Vector p = broadcast(6.7464106e-02F);
  p = fma(p, f, broadcast(-1.167558e-01F));
  p = fma(p, f, broadcast(1.18882276e-01F));
  p = fma(p, f, broadcast(-1.2405604e-01F));
  p = fma(p, f, broadcast(1.4219545e-01F));
  p = fma(p, f, broadcast(-1.6667995e-01F));
  p = fma(p, f, broadcast(2.0002119e-01F));
  p = fma(p, f, broadcast(-2.500001e-01F));
  p = fma(p, f, broadcast(3.3333313e-01F));
  const Vector square = f * f;
  Vector tail = fma(p * f, square, whole * -2.12194440e-4F);
  tail = fma(square, broadcast(-0.5F), tail);
  Vector result = fma(whole, broadcast(0.693359375F), f + tail);
  const Vector infinity = broadcast(__builtin_inff());
  result = x == infinity ? infinity : result;
  result = x == 0.0F ? -infinity : result;
  result = x < 0.0F ? broadcast(__builtin_nanf("")) : result;
  return x != x ? x : result;
}

// log(1 + x) for x in [0, 1]: the error of rounding u = 1 + x, divided by u, is added back.
inline Vector log1p_of(Vector x) {
  const Vector u = x + 1.0F;
  return log_of(u) + (x - (u - 1.0F)) / u;
}

// x + x^3 P(x^2) up to 0.65, then 1 - 2 / (exp(2 |x|) + 1) with the sign of x.
inline Vector tanh_of(Vector x) {
  const Vector size = magnitude(x);
  const Vector square = x * x;
  Vector p = broadcast(2.059561e-03F);
  p = fma(p, square, broadcast(-8.085601e-03F));
  p = fma(p, square, broadcast(2.166339e-02F));
  p = fma(p, square, broadcast(-5.393994e-02F));
  p = fma(p, square, broadcast(1.3333152e-01F));
  p = fma(p, square, broadcast(-3.3333328e-01F));
  const Vector small = fma(p * square, x, x);
  const Vector large = 1.0F - 2.0F / (exp_of(size + size) + 1.0F);
  const Vector with_sign = as_float(as_int(large) | sign_bit(x));
  return size < 0.65F ? small : with_sign;
}

// 1 / (1 + e) or e / (1 + e), e = exp(-|x|): small results keep their relative accuracy.
inline Vector sigmoid_of(Vector x) {
  const Vector e = exp_of(-magnitude(x));
  const Vector numerator = x < 0.0F ? e : broadcast(1.0F);
  return x != x ? x : numerator / (e + 1.0F);
}

// x + x P(x^2) up to 1; then 1 - exp(Q(|x|)), Q fitted to log(erfc) on [0.98, 4], with x's sign.
inline Vector erf_of(Vector x) {
  const Vector size = magnitude(x);
  const Vector square = x * x;
  Vector p = broadcast(7.853842e-05F);
  p = fma(p, square, broadcast(-8.010188e-04F));
  p = fma(p, square, broadcast(5.188327e-03F));
  p = fma(p, square, broadcast(-2.6853811e-02F));
  p = fma(p, square, broadcast(1.12835854e-01F));
  p = fma(p, square, broadcast(-3.7612626e-01F));
  p = fma(p, square, broadcast(1.2837917e-01F));
  const Vector small = fma(p, x, x);
  const Vector bounded = size > 4.0F ? broadcast(4.0F) : size;
  Vector q = broadcast(-2.1686514e-05F);
  q = fma(q, bounded, broadcast(4.413324e-04F));
  q = fma(q, bounded, broadcast(-4.2045424e-03F));
  q = fma(q, bounded, broadcast(2.5208205e-02F));
  q = fma(q, bounded, broadcast(-1.08418494e-01F));
  q = fma(q, bounded, broadcast(-6.3321996e-01F));
  q = fma(q, bounded, broadcast(-1.1295784e+00F));
  q = fma(q, bounded, broadcast(1.8803195e-04F));
  const Vector large = 1.0F - exp_of(q);
  const Vector with_sign = as_float(as_int(large) | sign_bit(x));
  const Vector result = size < 1.0F ? small : with_sign;
  return x != x ? x : result;
}

// x times the normal distribution function. Up to 0.75 that is x (1/2 + x R(x^2)). Beyond, with
// s = |x|: -exp(-s^2 / 2) M(s) below 0 and x minus that above, where M(s), s times Mills' ratio
// over the root of 2 pi, is P((s - 3) / (s + 3)), fitted on [0.74, 14.6]. The square of the upper
// half of s is exact, the rest of s^2 is added behind the range reduction of exp.
inline Vector gelu_of(Vector x) {
  const Vector far = broadcast(20.0F);  // where the tail is 0
  const Vector size = magnitude(x) < far ? magnitude(x) : far;
  const Vector square = size * size;
  Vector r = broadcast(1.01336955e-04F);
  r = fma(r, square, broadcast(-1.17958896e-03F));
  r = fma(r, square, broadcast(9.97179840e-03F));
  r = fma(r, square, broadcast(-6.64902404e-02F));
  r = fma(r, square, broadcast(3.98942292e-01F));
  const Vector small = x * fma(r, x, broadcast(0.5F));
  const Vector t = (size - 3.0F) / (size + 3.0F);
  Vector p = broadcast(-5.46036696e-04F);
  p = fma(p, t, broadcast(-3.74460105e-05F));
  p = fma(p, t, broadcast(3.96436453e-03F));
  p = fma(p, t, broadcast(-1.73877261e-03F));
  p = fma(p, t, broadcast(-2.88578458e-02F));
  p = fma(p, t, broadcast(9.13767964e-02F));
  p = fma(p, t, broadcast(-1.39657393e-01F));
  p = fma(p, t, broadcast(1.09875865e-01F));
  p = fma(p, t, broadcast(3.64541858e-01F));
  const Vector upper = as_float((as_int(size) + 0x800) & ~0xfff);
  const Vector rest = (size - upper) * (size + upper);
  const Vector tail = exp_of(upper * upper * -0.5F, rest * -0.5F) * p;
  const Vector large = x < 0.0F ? x * 0.0F - tail : x - tail;
  return x != x || size < 0.75F ? small : large;
}

// max(x, 0) + log(1 + exp(-|x|)).
inline Vector softplus_of(Vector x) {
  const Vector positive = x > 0.0F ? x : broadcast(0.0F);
  const Vector result = positive + log1p_of(exp_of(-magnitude(x)));
  return x != x ? x : result;
}

}  // namespace
}  // namespace twingrad
