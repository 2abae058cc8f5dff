#pragma once

#include <complex>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "ir/error.h"
#include "ir/float_formats.h"
#include "ir/tensor.h"

namespace twingrad {

// The type in which a kernel computes on elements of type T: float for the 16-bit floats.
template <typename T>
inline constexpr bool kIsHalf = std::is_same_v<T, Float16> || std::is_same_v<T, BFloat16>;
template <typename T>
using Arithmetic = std::conditional_t<kIsHalf<T>, float, T>;

template <typename T>
Arithmetic<T> load(T element) {
  return static_cast<Arithmetic<T>>(element);
}
template <typename T>
T store(Arithmetic<T> value) {
  return static_cast<T>(value);
}

// The element array of a tensor, strings included.
template <typename T>
const T* elements_of(const Tensor& tensor) {
  if constexpr (std::is_same_v<T, std::string>) {
    return tensor.strings().data();
  } else {
    return tensor.data<T>();
  }
}
template <typename T>
T* elements_of(Tensor& tensor) {
  if constexpr (std::is_same_v<T, std::string>) {
    return tensor.strings().data();
  } else {
    return tensor.data<T>();
  }
}

// Each dispatch calls f.template operator()<T>() with the C++ type that holds the elements; the
// Error at its end means that a row promises types that its kernel does not have.
template <typename F>
void dispatch_floats(DataType type, F&& f) {
  switch (type) {
    case DataType::kFloat:
      return std::forward<F>(f).template operator()<float>();
    case DataType::kDouble:
      return std::forward<F>(f).template operator()<double>();
    case DataType::kFloat16:
      return std::forward<F>(f).template operator()<Float16>();
    case DataType::kBfloat16:
      return std::forward<F>(f).template operator()<BFloat16>();
    default:
      fail_unsupported("no reference kernel for element type ", data_type_name(type));
  }
}

template <typename F>
void dispatch_integers(DataType type, F&& f) {
  switch (type) {
    case DataType::kInt8:
      return std::forward<F>(f).template operator()<int8_t>();
    case DataType::kInt16:
      return std::forward<F>(f).template operator()<int16_t>();
    case DataType::kInt32:
      return std::forward<F>(f).template operator()<int32_t>();
    case DataType::kInt64:
      return std::forward<F>(f).template operator()<int64_t>();
    case DataType::kUint8:
      return std::forward<F>(f).template operator()<uint8_t>();
    case DataType::kUint16:
      return std::forward<F>(f).template operator()<uint16_t>();
    case DataType::kUint32:
      return std::forward<F>(f).template operator()<uint32_t>();
    case DataType::kUint64:
      return std::forward<F>(f).template operator()<uint64_t>();
    default:
      fail_unsupported("no reference kernel for element type ", data_type_name(type));
  }
}

template <typename F>
void dispatch_numbers(DataType type, F&& f) {
  if (is_integer(type)) return dispatch_integers(type, std::forward<F>(f));
  dispatch_floats(type, std::forward<F>(f));
}

// For kernels that only move elements: one type for every size, and strings.
template <typename F>
void dispatch_sizes(DataType type, F&& f) {
  if (type == DataType::kString) return std::forward<F>(f).template operator()<std::string>();
  switch (element_size(type)) {
    case 1:
      return std::forward<F>(f).template operator()<uint8_t>();
    case 2:
      return std::forward<F>(f).template operator()<uint16_t>();
    case 4:
      return std::forward<F>(f).template operator()<uint32_t>();
    case 8:
      return std::forward<F>(f).template operator()<uint64_t>();
    default:
      return std::forward<F>(f).template operator()<std::complex<double>>();
  }
}

}  // namespace twingrad
