#pragma once

#include <complex>
#include <cstdint>

#include "ir/data_type.h"
#include "ir/float_formats.h"

namespace twingrad {

// The element type that a C++ type holds. The types below a byte and the 8-bit floats have none:
// they are held in uint8_t (int4 and int2: int8_t), which alone does not say what they mean.
template <typename T>
inline constexpr DataType kNativeType = DataType::kUndefined;
template <>
inline constexpr DataType kNativeType<float> = DataType::kFloat;
template <>
inline constexpr DataType kNativeType<double> = DataType::kDouble;
template <>
inline constexpr DataType kNativeType<int8_t> = DataType::kInt8;
template <>
inline constexpr DataType kNativeType<int16_t> = DataType::kInt16;
template <>
inline constexpr DataType kNativeType<int32_t> = DataType::kInt32;
template <>
inline constexpr DataType kNativeType<int64_t> = DataType::kInt64;
template <>
inline constexpr DataType kNativeType<uint8_t> = DataType::kUint8;
template <>
inline constexpr DataType kNativeType<uint16_t> = DataType::kUint16;
template <>
inline constexpr DataType kNativeType<uint32_t> = DataType::kUint32;
template <>
inline constexpr DataType kNativeType<uint64_t> = DataType::kUint64;
template <>
inline constexpr DataType kNativeType<bool> = DataType::kBool;
template <>
inline constexpr DataType kNativeType<Float16> = DataType::kFloat16;
template <>
inline constexpr DataType kNativeType<BFloat16> = DataType::kBfloat16;
template <>
inline constexpr DataType kNativeType<std::complex<float>> = DataType::kComplex64;
template <>
inline constexpr DataType kNativeType<std::complex<double>> = DataType::kComplex128;

}  // namespace twingrad
