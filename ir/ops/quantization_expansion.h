#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ir/expression.h"

namespace twingrad {

// Scale and zero point of one tensor; without a zero point it is 0.
struct Quantization {
  Expr scale;
  std::optional<Expr> zero_point;
};

// Smallest and largest number of an integer type of at most 16 bits; nullopt for other types.
struct IntegerRange {
  double low;
  double high;
};
std::optional<IntegerRange> quantized_range(DataType type);

// Whether it is known that there is one element, of whatever rank.
bool is_single(const Type& type);
// Where the scale (zero point) holds for x: one for all, one for every index of `axis`, or, with a
// block size, one for every block of so many elements along it. The result broadcasts to x.
Expr spread_over(Expr factor, Expr x, int64_t axis, int64_t block_size);

// clip(round(ratio) + zero point) as `type`, halves rounded to even; small floats are rounded by
// the cast, with or without saturation.
Expr quantized(Expr ratio, std::optional<Expr> zero_point, DataType type, bool saturate = true);
// (x - zero point) * scale as `type`; 16-bit floats are computed in float32.
Expr dequantized(Expr x, const Quantization& quantization, DataType type);

std::vector<ValueId> expand_quantize(Builder& builder, const Node& node,
                                     std::span<const ValueId> inputs);
std::vector<ValueId> expand_dequantize(Builder& builder, const Node& node,
                                       std::span<const ValueId> inputs);
std::vector<ValueId> expand_dynamic_quantize(Builder& builder, const Node& node,
                                             std::span<const ValueId> inputs);

}  // namespace twingrad
