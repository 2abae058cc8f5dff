#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "ir/error.h"

namespace twingrad {

// Arithmetic on single elements as ONNX means it: integers wrap around (two's complement), their
// division truncates and division by zero is an Error; floats follow IEEE 754.

// The unsigned type in which T's arithmetic is done; not narrower than int, which would promote.
template <typename T>
using Wrapping = std::conditional_t<(sizeof(T) < 4), uint32_t, std::make_unsigned_t<T>>;

template <typename T>
T wrapped_add(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(static_cast<Wrapping<T>>(a) + static_cast<Wrapping<T>>(b));
  } else {
    return a + b;
  }
}

template <typename T>
T wrapped_subtract(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(static_cast<Wrapping<T>>(a) - static_cast<Wrapping<T>>(b));
  } else {
    return a - b;
  }
}

template <typename T>
T wrapped_multiply(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(static_cast<Wrapping<T>>(a) * static_cast<Wrapping<T>>(b));
  } else {
    return a * b;
  }
}

template <typename T>
T truncated_divide(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    check(b != 0, "integer division by zero");
    if (std::is_signed_v<T> && b == static_cast<T>(-1)) return wrapped_subtract(T{0}, a);
    return static_cast<T>(a / b);
  } else {
    return a / b;
  }
}

template <typename T>
bool is_nan(T value) {
  if constexpr (std::is_floating_point_v<T>) return std::isnan(value);
  return false;
}

// The larger and the smaller one; NaN if one is.
template <typename T>
T maximum(T a, T b) {
  return is_nan(a) || a > b ? a : b;
}
template <typename T>
T minimum(T a, T b) {
  return is_nan(a) || a < b ? a : b;
}

// Towards zero; beyond the range the nearest end of it, NaN to 0. ONNX leaves those two open.
template <typename T>
T truncated_to_integer(double value) {
  if (std::isnan(value)) return 0;
  const double truncated = std::trunc(value);
  // The upper end is one above a representable double: comparing with >= is exact for 64 bits.
  const double end = std::ldexp(1.0, std::numeric_limits<T>::digits);
  if (truncated >= end) return std::numeric_limits<T>::max();
  if (truncated < static_cast<double>(std::numeric_limits<T>::min())) {
    return std::numeric_limits<T>::min();
  }
  return static_cast<T>(truncated);
}

}  // namespace twingrad
