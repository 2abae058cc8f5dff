#pragma once

#include <optional>
#include <span>

#include "ir/ops/quantization_expansion.h"

namespace twingrad {

// The inputs of an operator on quantized tensors, of which each is followed by its scale and, where
// it has one, its zero point.
struct QuantizedOperands {
  Builder& builder;
  std::span<const ValueId> inputs;

  bool has(size_t i) const { return i < inputs.size() && inputs[i] != kNoValue; }
  Expr at(size_t i) const { return {builder, inputs[i]}; }
  // A scale or zero point of one element, as a scalar.
  Expr scalar(size_t i) const;
  std::optional<Expr> optional_scalar(size_t i) const;
  // A scale or zero point for all, for every row of a matrix product, or for every channel of a
  // convolution: as a vector it gets axes behind, `ones` of them.
  Expr factor(size_t i, int64_t ones) const;
  std::optional<Expr> optional_factor(size_t i, int64_t ones) const;
  // Tensor i less its zero point, a factor. In double: sums of products of 8-bit numbers are exact
  // there, 2^53 / 2^17 of them.
  Expr steps(size_t i, size_t zero_point, int64_t ones) const;

  // Tensor i with scalars for its scale and zero point, in the type of the scale.
  Expr dequantized(size_t i) const;
  // y in steps of the scale i and with the zero point behind it; `type` where that is absent.
  Expr requantized(Expr y, size_t i, DataType type) const;
};

}  // namespace twingrad
