#include "ir/ops/quantized_operands.h"

#include <numeric>

namespace twingrad {

Expr QuantizedOperands::scalar(size_t i) const {
  return reshape(at(i), std::span<const int64_t>());
}

std::optional<Expr> QuantizedOperands::optional_scalar(size_t i) const {
  return has(i) ? std::optional<Expr>(scalar(i)) : std::nullopt;
}

Expr QuantizedOperands::factor(size_t i, int64_t ones) const {
  const Expr value = at(i);
  if (is_single(value.type())) return scalar(i);
  if (value.rank() != 1) return value;
  std::vector<int64_t> behind(static_cast<size_t>(ones));
  std::iota(behind.begin(), behind.end(), 1);
  return unsqueeze(value, behind);
}

std::optional<Expr> QuantizedOperands::optional_factor(size_t i, int64_t ones) const {
  return has(i) ? std::optional<Expr>(factor(i, ones)) : std::nullopt;
}

Expr QuantizedOperands::steps(size_t i, size_t zero_point, int64_t ones) const {
  const Expr steps = cast(at(i), DataType::kDouble);
  const std::optional<Expr> zero = optional_factor(zero_point, ones);
  return zero ? steps - cast(*zero, DataType::kDouble) : steps;
}

Expr QuantizedOperands::dequantized(size_t i) const {
  const Quantization quantization{scalar(i + 1), optional_scalar(i + 2)};
  return twingrad::dequantized(at(i), quantization, quantization.scale.element());
}

Expr QuantizedOperands::requantized(Expr y, size_t i, DataType type) const {
  const std::optional<Expr> zero_point = optional_scalar(i + 1);
  return quantized(y / scalar(i), zero_point, zero_point ? zero_point->element() : type);
}

}  // namespace twingrad
