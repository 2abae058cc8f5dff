#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "importers/json_text.h"
#include "ir/tensor.h"

namespace twingrad {

// How the elements of a weight are stored: as whole numbers q of a value q * scale + min, or as
// IEEE halves.
struct Quantization {
  DataType stored = DataType::kUint8;  // or uint16 or float16
  double scale = 1;
  double minimum = 0;
};

// The object "quantization" of a weight of type `type`. Throws Error with the path: unknown types,
// a scale that is not positive, missing numbers, halves for integers.
Quantization read_quantization(const JsonView& object, DataType type);

// The weight of its stored elements. Numbers are computed in double and rounded once, for int32 to
// the nearest integer. Throws Error where an integer is out of range.
Tensor dequantized(const Quantization& quantization, DataType type, const Shape& shape,
                   std::span<const std::byte> bytes);

}  // namespace twingrad
