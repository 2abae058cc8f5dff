#pragma once

#include <cstdint>

#include "ir/data_type.h"

namespace twingrad {

// Floating-point formats that C++20 has no type for, held as their bits. Conversion to float is
// exact. Conversion from float rounds to nearest, ties to even.
struct Float16 {
  uint16_t bits = 0;
  Float16() = default;
  explicit Float16(float value);
  explicit operator float() const;
};

struct BFloat16 {
  uint16_t bits = 0;
  BFloat16() = default;
  explicit BFloat16(float value);
  explicit operator float() const;
};

// The 8-, 6- and 4-bit formats of ONNX, by element type. With `saturate`, a value beyond the
// largest finite one becomes it; without, it becomes NaN or infinity, whichever the format has
// (ONNX, Cast).
float small_float_to_float(uint8_t bits, DataType type);
uint8_t small_float_from_float(float value, DataType type, bool saturate = true);

}  // namespace twingrad
