#include "ir/ops/expansion_inference.h"
#include "ir/ops/quantized_operands.h"
#include "ir/ops/tables.h"
#include "ir/ops/window_definitions.h"

namespace twingrad {
namespace {

// The low 32 bits, as an accumulator of that size has them.
Expr accumulated(Expr sums) {
  return cast(cast(sums, DataType::kInt64), DataType::kInt32);
}

Expr convolution(Expr x, Expr w, std::optional<Expr> bias, const Attributes& attributes) {
  return bias ? x.apply("Conv", {w, *bias}, attributes) : x.apply("Conv", {w}, attributes);
}

std::vector<ValueId> expand_matmul_integer(Builder& builder, const Node&,
                                           std::span<const ValueId> inputs) {
  const QuantizedOperands given{builder, inputs};
  const Expr a = given.steps(0, 2, 1);
  const Expr b = given.steps(1, 3, 0);
  return {accumulated(matmul(a, b)).id()};
}

std::vector<ValueId> expand_conv_integer(Builder& builder, const Node& node,
                                         std::span<const ValueId> inputs) {
  const QuantizedOperands given{builder, inputs};
  const int64_t behind = given.at(1).rank() - 1;
  const Expr x = given.steps(0, 2, 0);
  const Expr w = given.steps(1, 3, behind);
  return {accumulated(convolution(x, w, std::nullopt, node.attributes)).id()};
}

// Inputs a, its scale and zero point, b, its scale and zero point, scale and zero point of y. The
// three scales are made one factor first, as the integer products of runtimes have it.
Expr requantized(const QuantizedOperands& given, Expr sums, Expr left_scale, Expr right_scale) {
  const Expr factor = left_scale * right_scale / given.scalar(6);
  const DataType wide =
      factor.element() == DataType::kDouble ? DataType::kDouble : DataType::kFloat;
  const Expr zero_point = given.scalar(7);
  return quantized(cast(sums, wide) * cast(factor, wide), zero_point, zero_point.element());
}

std::vector<ValueId> expand_qlinear_matmul(Builder& builder, const Node&,
                                           std::span<const ValueId> inputs) {
  const QuantizedOperands given{builder, inputs};
  const Expr a = given.steps(0, 2, 1);
  const Expr b = given.steps(3, 5, 0);
  return {requantized(given, matmul(a, b), given.factor(1, 1), given.factor(4, 0)).id()};
}

std::vector<ValueId> expand_qlinear_conv(Builder& builder, const Node& node,
                                         std::span<const ValueId> inputs) {
  const QuantizedOperands given{builder, inputs};
  const int64_t rank = given.at(3).rank();
  const Expr x = given.steps(0, 2, 0);
  const Expr w = given.steps(3, 5, rank - 1);
  std::optional<Expr> bias;
  if (given.has(8)) bias = cast(given.at(8), DataType::kDouble);
  const Expr sums = convolution(x, w, bias, node.attributes);
  return {requantized(given, sums, given.factor(1, 0), given.factor(4, rank - 2)).id()};
}

}  // namespace

std::vector<OpRow> integer_product_ops() {
  const TypeSet bytes = {DataType::kInt8, DataType::kUint8};
  const TypeSet small = bytes | TypeSet{DataType::kFloat8E4M3FN, DataType::kFloat8E4M3FNUZ,
                                        DataType::kFloat8E5M2, DataType::kFloat8E5M2FNUZ};
  return {
      {.name = "MatMulInteger",
       .signature = "A:T1, B:T2, a_zero_point:T1?, b_zero_point:T2? -> Y:int32",
       .types = {{"T1", bytes}, {"T2", bytes}},
       .op_class = OpClass::kContraction,
       .infer = infer_by_expansion,
       .expand = expand_matmul_integer},
      {.name = "ConvInteger",
       .signature = "x:T1, w:T2, x_zero_point:T1?, w_zero_point:T2? -> y:int32",
       .types = {{"T1", bytes}, {"T2", bytes}},
       .attributes = window_definitions(),
       .op_class = OpClass::kContraction,
       .infer = infer_by_expansion,
       .expand = expand_conv_integer},
      {.name = "QLinearMatMul",
       .signature = "a:T1, a_scale:TS, a_zero_point:T1, b:T2, b_scale:TS, b_zero_point:T2, "
                    "y_scale:TS, y_zero_point:T3 -> y:T3",
       .types = {{"TS", kFloatTypes}, {"T1", small}, {"T2", small}, {"T3", small}},
       .op_class = OpClass::kContraction,
       .infer = infer_by_expansion,
       .expand = expand_qlinear_matmul},
      {.name = "QLinearConv",
       .signature = "x:T1, x_scale:TS, x_zero_point:T1, w:T2, w_scale:TS, w_zero_point:T2, "
                    "y_scale:TS, y_zero_point:T3, B:int32? -> y:T3",
       .types = {{"TS", {DataType::kFloat, DataType::kDouble}},
                 {"T1", bytes},
                 {"T2", bytes},
                 {"T3", bytes}},
       .attributes = window_definitions(),
       .op_class = OpClass::kContraction,
       .infer = infer_by_expansion,
       .expand = expand_qlinear_conv},
  };
}

}  // namespace twingrad
