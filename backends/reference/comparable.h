#pragma once

#include <complex>

#include "backends/reference/arithmetic.h"
#include "backends/reference/dispatch.h"

namespace twingrad {

// For kernels that compare elements: bits say nothing there, -0.0 is zero.
template <typename F>
void dispatch_comparable(DataType type, F&& f) {
  switch (type) {
    case DataType::kString:
      return std::forward<F>(f).template operator()<std::string>();
    case DataType::kBool:
      return std::forward<F>(f).template operator()<bool>();
    case DataType::kComplex64:
      return std::forward<F>(f).template operator()<std::complex<float>>();
    case DataType::kComplex128:
      return std::forward<F>(f).template operator()<std::complex<double>>();
    default:
      return dispatch_numbers(type, std::forward<F>(f));
  }
}

// The order in which NumPy sorts: a NaN stands behind every number and is equal to other NaNs,
// complex numbers go by their real parts first. A strict weak order.
template <typename T>
bool precedes(const T& a, const T& b) {
  if constexpr (kIsHalf<T>) {
    return precedes(load(a), load(b));
  } else if constexpr (std::is_floating_point_v<T>) {
    return std::isnan(b) ? !std::isnan(a) : a < b;
  } else {
    return a < b;
  }
}
template <typename T>
bool precedes(const std::complex<T>& a, const std::complex<T>& b) {
  if (precedes(a.real(), b.real())) return true;
  return !precedes(b.real(), a.real()) && precedes(a.imag(), b.imag());
}

}  // namespace twingrad
