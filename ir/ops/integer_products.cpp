#include <numeric>

#include "ir/infer.h"
#include "ir/ops/expansion_inference.h"
#include "ir/ops/quantization_expansion.h"
#include "ir/ops/tables.h"
#include "ir/ops/window_definitions.h"

namespace twingrad {
namespace {

// Sums of products of 8-bit numbers are exact in double: 2^53 / 2^17 of them.
Expr steps_of(Expr x, std::optional<Expr> zero_point) {
  const Expr steps = cast(x, DataType::kDouble);
  return zero_point ? steps - cast(*zero_point, DataType::kDouble) : steps;
}

// The low 32 bits, as an accumulator of that size has them.
Expr accumulated(Expr sums) {
  return cast(cast(sums, DataType::kInt64), DataType::kInt32);
}

struct Operands {
  Builder& builder;
  std::span<const ValueId> inputs;

  bool has(size_t i) const { return i < inputs.size() && inputs[i] != kNoValue; }
  Expr at(size_t i) const { return {builder, inputs[i]}; }
  // A number for all, for every row of a matrix product, or for every channel of a convolution: as
  // a vector it gets axes behind, `ones` of them.
  Expr factor(size_t i, int64_t ones) const {
    const Expr value = at(i);
    if (is_single(value.type())) return reshape(value, std::span<const int64_t>());
    if (value.rank() != 1) return value;
    std::vector<int64_t> behind(static_cast<size_t>(ones));
    std::iota(behind.begin(), behind.end(), 1);
    return unsqueeze(value, behind);
  }
  std::optional<Expr> zero_point(size_t i, int64_t ones) const {
    return has(i) ? std::optional<Expr>(factor(i, ones)) : std::nullopt;
  }
  Expr one_for_all(size_t i) const { return reshape(at(i), std::span<const int64_t>()); }
};

Expr convolution(Expr x, Expr w, std::optional<Expr> bias, const Attributes& attributes) {
  return bias ? x.apply("Conv", {w, *bias}, attributes) : x.apply("Conv", {w}, attributes);
}

std::vector<ValueId> expand_matmul_integer(Builder& builder, const Node&,
                                           std::span<const ValueId> inputs) {
  const Operands given{builder, inputs};
  const Expr a = steps_of(given.at(0), given.zero_point(2, 1));
  const Expr b = steps_of(given.at(1), given.zero_point(3, 0));
  return {accumulated(matmul(a, b)).id()};
}

std::vector<ValueId> expand_conv_integer(Builder& builder, const Node& node,
                                         std::span<const ValueId> inputs) {
  const Operands given{builder, inputs};
  const int64_t behind = given.at(1).rank() - 1;
  const Expr x = steps_of(given.at(0), given.zero_point(2, 0));
  const Expr w = steps_of(given.at(1), given.zero_point(3, behind));
  return {accumulated(convolution(x, w, std::nullopt, node.attributes)).id()};
}

// Inputs a, its scale and zero point, b, its scale and zero point, scale and zero point of y. The
// three scales are made one factor first, as the integer products of runtimes have it.
Expr requantized(const Operands& given, Expr sums, Expr left_scale, Expr right_scale) {
  const Expr factor = left_scale * right_scale / given.one_for_all(6);
  const DataType wide =
      factor.element() == DataType::kDouble ? DataType::kDouble : DataType::kFloat;
  const Expr zero_point = given.one_for_all(7);
  return quantized(cast(sums, wide) * cast(factor, wide), zero_point, zero_point.element());
}

std::vector<ValueId> expand_qlinear_matmul(Builder& builder, const Node&,
                                           std::span<const ValueId> inputs) {
  const Operands given{builder, inputs};
  const Expr a = steps_of(given.at(0), given.zero_point(2, 1));
  const Expr b = steps_of(given.at(3), given.zero_point(5, 0));
  return {requantized(given, matmul(a, b), given.factor(1, 1), given.factor(4, 0)).id()};
}

std::vector<ValueId> expand_qlinear_conv(Builder& builder, const Node& node,
                                         std::span<const ValueId> inputs) {
  const Operands given{builder, inputs};
  const int64_t rank = given.at(3).rank();
  const Expr x = steps_of(given.at(0), given.zero_point(2, 0));
  const Expr w = steps_of(given.at(3), given.zero_point(5, rank - 1));
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
