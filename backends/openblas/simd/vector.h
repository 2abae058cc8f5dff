#pragma once

// Vectors of floats as wide as the instruction set of the including file. Only for the files of
// simd/ that CMake compiles per instruction set: everything is in an anonymous namespace, and
// nothing of the standard library is instantiated, so that no function compiled for a newer
// processor can be linked into code that an older one runs.

#include <immintrin.h>

#include <cstdint>

namespace twingrad {
namespace {

#if defined(__AVX512F__)

constexpr int64_t kLanes = 16;
using Vector = __m512;
typedef int32_t IntVector __attribute__((vector_size(64)));

inline Vector load(const float* p) {
  return _mm512_loadu_ps(p);
}
inline void store(float* p, Vector v) {
  _mm512_storeu_ps(p, v);
}
inline __mmask16 first_lanes(int64_t count) {
  return static_cast<__mmask16>((1U << static_cast<unsigned>(count)) - 1U);
}
// The first `count` < kLanes elements, the rest zero; nothing behind them is touched.
inline Vector load_first(const float* p, int64_t count) {
  return _mm512_maskz_loadu_ps(first_lanes(count), p);
}
inline void store_first(float* p, Vector v, int64_t count) {
  _mm512_mask_storeu_ps(p, first_lanes(count), v);
}
inline Vector broadcast(float x) {
  return _mm512_set1_ps(x);
}
inline Vector fma(Vector a, Vector b, Vector c) {
  return _mm512_fmadd_ps(a, b, c);
}
inline Vector square_root(Vector a) {
  return _mm512_sqrt_ps(a);
}
inline Vector as_float(IntVector v) {
  return (Vector)v;
}
inline IntVector as_int(Vector v) {
  return (IntVector)v;
}
inline Vector to_float(IntVector v) {
  return _mm512_cvtepi32_ps((__m512i)v);
}
inline IntVector round_to_int(Vector v) {
  return (IntVector)_mm512_cvtps_epi32(v);
}

// The first and the second half of a0 b0 a1 b1 ...
inline Vector interleave_low(Vector a, Vector b) {
  return __builtin_shuffle(a, b, IntVector{0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23});
}
inline Vector interleave_high(Vector a, Vector b) {
  return __builtin_shuffle(a, b,
                           IntVector{8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31});
}

#elif defined(__AVX2__)

constexpr int64_t kLanes = 8;
using Vector = __m256;
typedef int32_t IntVector __attribute__((vector_size(32)));

inline Vector load(const float* p) {
  return _mm256_loadu_ps(p);
}
inline void store(float* p, Vector v) {
  _mm256_storeu_ps(p, v);
}
inline __m256i first_lanes(int64_t count) {
  const IntVector lane = {0, 1, 2, 3, 4, 5, 6, 7};
  return (__m256i)(lane < static_cast<int32_t>(count));
}
// The first `count` < kLanes elements, the rest zero; nothing behind them is touched.
inline Vector load_first(const float* p, int64_t count) {
  return _mm256_maskload_ps(p, first_lanes(count));
}
inline void store_first(float* p, Vector v, int64_t count) {
  _mm256_maskstore_ps(p, first_lanes(count), v);
}
inline Vector broadcast(float x) {
  return _mm256_set1_ps(x);
}
inline Vector fma(Vector a, Vector b, Vector c) {
  return _mm256_fmadd_ps(a, b, c);
}
inline Vector square_root(Vector a) {
  return _mm256_sqrt_ps(a);
}
inline Vector as_float(IntVector v) {
  return (Vector)v;
}
inline IntVector as_int(Vector v) {
  return (IntVector)v;
}
inline Vector to_float(IntVector v) {
  return _mm256_cvtepi32_ps((__m256i)v);
}
inline IntVector round_to_int(Vector v) {
  return (IntVector)_mm256_cvtps_epi32(v);
}

// The first and the second half of a0 b0 a1 b1 ...
inline Vector interleave_low(Vector a, Vector b) {
  return __builtin_shuffle(a, b, IntVector{0, 8, 1, 9, 2, 10, 3, 11});
}
inline Vector interleave_high(Vector a, Vector b) {
  return __builtin_shuffle(a, b, IntVector{4, 12, 5, 13, 6, 14, 7, 15});
}

#else

constexpr int64_t kLanes = 4;
using Vector = __m128;
typedef int32_t IntVector __attribute__((vector_size(16)));

inline Vector load(const float* p) {
  return _mm_loadu_ps(p);
}
inline void store(float* p, Vector v) {
  _mm_storeu_ps(p, v);
}
// The first `count` < kLanes elements, the rest zero; nothing behind them is touched.
inline Vector load_first(const float* p, int64_t count) {
  Vector v = {0, 0, 0, 0};
  for (int64_t i = 0; i < count; ++i) v[i] = p[i];
  return v;
}
inline void store_first(float* p, Vector v, int64_t count) {
  for (int64_t i = 0; i < count; ++i) p[i] = v[i];
}
inline Vector broadcast(float x) {
  return _mm_set1_ps(x);
}
inline Vector fma(Vector a, Vector b, Vector c) {
  return a * b + c;
}
inline Vector square_root(Vector a) {
  return _mm_sqrt_ps(a);
}
inline Vector as_float(IntVector v) {
  return (Vector)v;
}
inline IntVector as_int(Vector v) {
  return (IntVector)v;
}
inline Vector to_float(IntVector v) {
  return _mm_cvtepi32_ps((__m128i)v);
}
inline IntVector round_to_int(Vector v) {
  return (IntVector)_mm_cvtps_epi32(v);
}

// The first and the second half of a0 b0 a1 b1 ...
inline Vector interleave_low(Vector a, Vector b) {
  return _mm_unpacklo_ps(a, b);
}
inline Vector interleave_high(Vector a, Vector b) {
  return _mm_unpackhi_ps(a, b);
}

#endif

inline IntVector broadcast_int(int32_t x) {
  return IntVector{} + x;
}
// The absolute value and the sign bit, which NaNs have too.
inline Vector magnitude(Vector x) {
  return as_float(as_int(x) & 0x7fffffff);
}
inline IntVector sign_bit(Vector x) {
  return as_int(x) & static_cast<int32_t>(0x80000000U);
}

// Calls step(load_function, store_function, offset) over n elements: whole vectors, then the rest
// with the same arithmetic, so that an element's result does not depend on where it stands.
template <typename Step>
inline void for_each_vector(int64_t n, Step step) {
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    step(
        i, [](const float* p) { return load(p); }, [](float* p, Vector v) { store(p, v); });
  }
  const int64_t rest = n - i;
  if (rest > 0) {
    step(
        i, [rest](const float* p) { return load_first(p, rest); },
        [rest](float* p, Vector v) { store_first(p, v, rest); });
  }
}

// Transposes a square of kLanes x kLanes: interleaving row i with row i + kLanes/2, done
// log2(kLanes) times, moves row bits into column bits.
inline void transpose(Vector (&rows)[kLanes]) {
  Vector mixed[kLanes];
#pragma GCC unroll 4
  for (int64_t stage = 1; stage < kLanes; stage *= 2) {
#pragma GCC unroll 8
    for (int64_t i = 0; i < kLanes / 2; ++i) {
      mixed[2 * i] = interleave_low(rows[i], rows[i + kLanes / 2]);
      mixed[2 * i + 1] = interleave_high(rows[i], rows[i + kLanes / 2]);
    }
#pragma GCC unroll 16
    for (int64_t i = 0; i < kLanes; ++i) rows[i] = mixed[i];
  }
}

inline void store_up_to(float* p, Vector v, int64_t count) {
  if (count >= kLanes) {
    store(p, v);
  } else {
    store_first(p, v, count);
  }
}
inline Vector load_up_to(const float* p, int64_t count) {
  if (count >= kLanes) return load(p);
  return count > 0 ? load_first(p, count) : Vector{};
}

// p[0], p[2], ..., p[2 kLanes - 2]: the second load begins a float early, to end at the last one.
inline Vector load_every_second(const float* p) {
  const Vector first = load(p);
  const Vector second = load(p + kLanes - 1);
  IntVector from = {};
  for (int32_t i = 0; i < kLanes; ++i) from[i] = 2 * i < kLanes ? 2 * i : 2 * i + 1;
  return __builtin_shuffle(first, second, from);
}

// `count` <= kLanes floats, `stride` apart. Reads nothing behind the last of them.
inline Vector load_strided(const float* p, int64_t stride, int64_t count) {
  if (stride == 1) return load_up_to(p, count);
  if (stride == 2) {
    const Vector first = load_up_to(p, 2 * count - 1);
    const Vector second = load_up_to(p + kLanes, 2 * count - 1 - kLanes);
    IntVector even = {};
    for (int32_t i = 0; i < kLanes; ++i) even[i] = 2 * i;
    return __builtin_shuffle(first, second, even);
  }
  alignas(64) float lanes[kLanes] = {};
  for (int64_t i = 0; i < count; ++i) lanes[i] = p[i * stride];
  return load(lanes);
}

// The sum of the lanes: halves are added until one is left.
inline float lane_sum(Vector v) {
  alignas(64) float lanes[kLanes];
  store(lanes, v);
  for (int64_t half = kLanes / 2; half > 0; half /= 2) {
    for (int64_t i = 0; i < half; ++i) lanes[i] += lanes[i + half];
  }
  return lanes[0];
}

}  // namespace
}  // namespace twingrad
