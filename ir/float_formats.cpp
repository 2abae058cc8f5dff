#include "ir/float_formats.h"

#include <bit>
#include <cmath>
#include <limits>

namespace twingrad {
namespace {

// How a format spends its bits, and what it has instead of IEEE's infinities and NaNs.
struct Format {
  int exponent_bits;
  int mantissa_bits;
  int bias;
  bool has_sign;
  bool has_infinity;
  int nan_bits;        // one NaN's bits; -1: the format has none
  int largest_bits;    // bits of the largest finite value
  bool negative_zero;  // FNUZ formats use its bits for NaN
};

Format format_of(DataType type) {
  switch (type) {
    case DataType::kFloat8E4M3FN:
      return {4, 3, 7, true, false, 0x7f, 0x7e, true};
    case DataType::kFloat8E4M3FNUZ:
      return {4, 3, 8, true, false, 0x80, 0x7f, false};
    case DataType::kFloat8E5M2:
      return {5, 2, 15, true, true, 0x7e, 0x7b, true};
    case DataType::kFloat8E5M2FNUZ:
      return {5, 2, 16, true, false, 0x80, 0x7f, false};
    case DataType::kFloat8E8M0:
      return {8, 0, 127, false, false, 0xff, 0xfe, false};
    case DataType::kFloat6E2M3:
      return {2, 3, 1, true, false, -1, 0x1f, true};
    case DataType::kFloat6E3M2:
      return {3, 2, 3, true, false, -1, 0x1f, true};
    default:
      return {2, 1, 1, true, false, -1, 0x7, true};  // float4e2m1
  }
}

bool is_nan_bits(int bits, const Format& format) {
  if (!format.negative_zero || !format.has_sign) return bits == format.nan_bits;
  const int magnitude = bits & 0x7f;
  if (format.has_infinity) return magnitude > 0x7c;
  return format.nan_bits >= 0 && magnitude == format.nan_bits;
}

float magnitude_value(int bits, const Format& format) {
  const int mantissa = bits & ((1 << format.mantissa_bits) - 1);
  const int exponent = bits >> format.mantissa_bits;
  if (format.exponent_bits == 8) return std::ldexp(1.0F, exponent - format.bias);
  const int scale = std::max(exponent, 1) - format.bias - format.mantissa_bits;
  const int significand = exponent == 0 ? mantissa : mantissa | 1 << format.mantissa_bits;
  return std::ldexp(static_cast<float>(significand), scale);
}

// e8m0 has powers of two only: the nearest one, ties to the larger (ONNX's round up).
uint8_t power_of_two_from_float(float value) {
  if (std::isnan(value)) return 0xff;
  int exponent = 0;
  const float fraction = std::frexp(std::fabs(value), &exponent);
  if (value == 0) return 0;
  if (std::isinf(value)) return 0xfe;
  const int power = exponent - 1 + (fraction >= 0.75F ? 1 : 0) + 127;
  return static_cast<uint8_t>(std::min(std::max(power, 0), 0xfe));
}

}  // namespace

float small_float_to_float(uint8_t bits, DataType type) {
  const Format format = format_of(type);
  if (is_nan_bits(bits, format)) return std::numeric_limits<float>::quiet_NaN();
  const int sign_bit = 1 << (stored_bits(type) - 1);
  const int magnitude = format.has_sign ? bits & (sign_bit - 1) : bits;
  const bool infinite = format.has_infinity && magnitude == 0x7c;
  const float value =
      infinite ? std::numeric_limits<float>::infinity() : magnitude_value(magnitude, format);
  return format.has_sign && (bits & sign_bit) != 0 ? -value : value;
}

uint8_t small_float_from_float(float value, DataType type, bool saturate) {
  if (type == DataType::kFloat8E8M0) return power_of_two_from_float(value);
  const Format format = format_of(type);
  const int sign_bit = 1 << (stored_bits(type) - 1);
  if (std::isnan(value)) {
    if (format.nan_bits < 0) return static_cast<uint8_t>(sign_bit);  // -0, as ml_dtypes has it
    const bool signed_nan = std::signbit(value) && format.negative_zero;
    return static_cast<uint8_t>(format.nan_bits | (signed_nan ? sign_bit : 0));
  }
  const int sign = std::signbit(value) ? sign_bit : 0;
  const float magnitude = std::fabs(value);
  const float largest = magnitude_value(format.largest_bits, format);
  int exponent = 0;
  std::frexp(magnitude, &exponent);
  const int smallest_exponent = 1 - format.bias - format.mantissa_bits;
  const int step = std::max(exponent - 1 - format.mantissa_bits, smallest_exponent);
  const float rounded = std::isinf(magnitude)
                            ? magnitude
                            : std::ldexp(std::nearbyint(std::ldexp(magnitude, -step)), step);
  if (rounded > largest) {
    if (saturate || format.nan_bits < 0) return static_cast<uint8_t>(sign | format.largest_bits);
    if (format.has_infinity) return static_cast<uint8_t>(sign | 0x7c);
    return static_cast<uint8_t>(format.negative_zero ? sign | format.nan_bits : format.nan_bits);
  }
  if (rounded == 0) return static_cast<uint8_t>(format.negative_zero ? sign : 0);
  std::frexp(rounded, &exponent);
  const int field = exponent - 1 + format.bias;
  const int bits =
      field <= 0 ? static_cast<int>(std::ldexp(rounded, -smallest_exponent))
                 : field << format.mantissa_bits |
                       (static_cast<int>(std::ldexp(rounded, format.mantissa_bits - exponent + 1)) &
                        ((1 << format.mantissa_bits) - 1));
  return static_cast<uint8_t>(sign | bits);
}

Float16::Float16(float value) {
  const auto source = std::bit_cast<uint32_t>(value);
  const auto sign = static_cast<uint16_t>(source >> 16 & 0x8000);
  const float magnitude = std::fabs(value);
  if (std::isnan(value)) {
    bits = static_cast<uint16_t>(sign | 0x7e00);
  } else if (magnitude >= 65520.0F) {
    bits = static_cast<uint16_t>(sign | 0x7c00);
  } else if (magnitude < 6.103515625e-05F) {
    const auto steps = static_cast<uint16_t>(std::nearbyint(std::ldexp(magnitude, 24)));
    bits = static_cast<uint16_t>(sign | steps);
  } else {
    const uint32_t raw = source & 0x7fffffff;
    const uint32_t rounded = raw + 0xfff + (raw >> 13 & 1) - (uint32_t{112} << 23);
    bits = static_cast<uint16_t>(sign | rounded >> 13);
  }
}

Float16::operator float() const {
  const float sign = (bits & 0x8000) != 0 ? -1.0F : 1.0F;
  const int exponent = bits >> 10 & 0x1f;
  const int mantissa = bits & 0x3ff;
  if (exponent == 31) {
    return mantissa != 0 ? std::numeric_limits<float>::quiet_NaN()
                         : sign * std::numeric_limits<float>::infinity();
  }
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(mantissa), -24);
  return sign * std::ldexp(static_cast<float>(mantissa | 0x400), exponent - 25);
}

BFloat16::BFloat16(float value) {
  const auto source = std::bit_cast<uint32_t>(value);
  bits = std::isnan(value) ? static_cast<uint16_t>(source >> 16 | 0x40)
                           : static_cast<uint16_t>((source + 0x7fff + (source >> 16 & 1)) >> 16);
}

BFloat16::operator float() const {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

}  // namespace twingrad
