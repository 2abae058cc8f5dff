#include "importers/pt2/ops/families.h"
#include "importers/pt2/ops/formulas.h"

namespace twingrad::aten {
namespace {

// Both operands in the type in which they are compared; booleans as integers.
std::pair<Expr, Expr> compared(Call c) {
  DataType type = promoted_type(c, {"self", "other"});
  if (type == DataType::kBool) type = DataType::kInt32;
  return {c.operand("self", type), c.operand("other", type)};
}

AtenEmit comparison(std::string_view op) {
  return [op](Call c) {
    const auto [a, b] = compared(c);
    return a.apply(op, {b});
  };
}

AtenEmit logical(std::string_view op) {
  return [op](Call c) {
    return c.operand("self", DataType::kBool).apply(op, {c.operand("other", DataType::kBool)});
  };
}

AtenEmit bitwise(std::string_view of_bools, std::string_view of_integers) {
  return [of_bools, of_integers](Call c) {
    const DataType type = c.result_type();
    return c.operand("self", type)
        .apply(type == DataType::kBool ? of_bools : of_integers, {c.operand("other", type)});
  };
}

// Shifts are products with powers of two; those to the right round down.
Expr bits_shifted(Call c, bool left) {
  const DataType type = c.result_type();
  const Expr x = c.operand("self", type);
  const Expr two = x.like(2);
  const Expr factor = pow(two, c.operand("other", type));
  return left ? x * factor : (x - x.apply("Mod", {factor})) / factor;
}

Expr is_infinite(Call c, int64_t negative, int64_t positive) {
  const Expr x = c.tensor("self");
  if (!is_floating_point(x.element())) return filled(shape_of(x), DataType::kBool, 0);
  return x.apply("IsInf", {}, {{"detect_negative", negative}, {"detect_positive", positive}});
}

Expr is_nan(Call c) {
  const Expr x = c.tensor("self");
  if (!is_floating_point(x.element())) return filled(shape_of(x), DataType::kBool, 0);
  return x.apply("IsNaN");
}

Expr is_close(Call c) {
  const auto [a, b] = compared(c);
  const Expr bound = b.apply("Abs") * c.real("rtol") + c.real("atol");
  return equal(a, b).apply("Or", {(a - b).apply("Abs") <= bound});
}

Expr bitwise_not(Call c) {
  const Expr x = c.tensor("self");
  return x.apply(x.element() == DataType::kBool ? "Not" : "BitwiseNot");
}

Expr all_equal(Call c) {
  const auto [a, b] = compared(c);
  const Expr different = cast(logical_not(equal(a, b)), DataType::kInt64);
  return equal(sum_all(different), different.like(0));
}

}  // namespace

std::vector<AtenRow> comparison_rows() {
  return {
      {"aten.eq.Tensor aten.eq.Scalar", "self, other", comparison("Equal")},
      {"aten.ne.Tensor aten.ne.Scalar aten.not_equal.Tensor aten.not_equal.Scalar", "self, other",
       [](Call c) {
         const auto [a, b] = compared(c);
         return logical_not(equal(a, b));
       }},
      {"aten.lt.Tensor aten.lt.Scalar aten.less.Tensor aten.less.Scalar", "self, other",
       comparison("Less")},
      {"aten.le.Tensor aten.le.Scalar aten.less_equal.Tensor aten.less_equal.Scalar", "self, other",
       comparison("LessOrEqual")},
      {"aten.gt.Tensor aten.gt.Scalar aten.greater.Tensor aten.greater.Scalar", "self, other",
       comparison("Greater")},
      {"aten.ge.Tensor aten.ge.Scalar aten.greater_equal.Tensor aten.greater_equal.Scalar",
       "self, other", comparison("GreaterOrEqual")},
      {"aten.logical_and.default", "self, other", logical("And")},
      {"aten.logical_or.default", "self, other", logical("Or")},
      {"aten.logical_xor.default", "self, other", logical("Xor")},
      {"aten.logical_not.default", "self",
       [](Call c) { return logical_not(cast(c.tensor("self"), DataType::kBool)); }},
      {"aten.bitwise_and.Tensor aten.bitwise_and.Scalar aten.bitwise_and.Scalar_Tensor "
       "aten.__and__.Tensor aten.__and__.Scalar",
       "self, other", bitwise("And", "BitwiseAnd")},
      {"aten.bitwise_or.Tensor aten.bitwise_or.Scalar aten.bitwise_or.Scalar_Tensor "
       "aten.__or__.Tensor aten.__or__.Scalar",
       "self, other", bitwise("Or", "BitwiseOr")},
      {"aten.bitwise_xor.Tensor aten.bitwise_xor.Scalar aten.bitwise_xor.Scalar_Tensor "
       "aten.__xor__.Tensor aten.__xor__.Scalar",
       "self, other", bitwise("Xor", "BitwiseXor")},
      {"aten.bitwise_left_shift.Tensor aten.bitwise_left_shift.Tensor_Scalar "
       "aten.__lshift__.Tensor aten.__lshift__.Scalar",
       "self, other", [](Call c) { return bits_shifted(c, true); }},
      {"aten.bitwise_right_shift.Tensor aten.bitwise_right_shift.Tensor_Scalar "
       "aten.__rshift__.Tensor aten.__rshift__.Scalar",
       "self, other", [](Call c) { return bits_shifted(c, false); }},
      {"aten.bitwise_not.default", "self", bitwise_not},
      {"aten.isinf.default", "self", [](Call c) { return is_infinite(c, 1, 1); }},
      {"aten.isposinf.default", "self", [](Call c) { return is_infinite(c, 0, 1); }},
      {"aten.isneginf.default", "self", [](Call c) { return is_infinite(c, 1, 0); }},
      {"aten.isnan.default", "self", is_nan},
      {"aten.isfinite.default", "self",
       [](Call c) { return logical_not(is_infinite(c, 1, 1).apply("Or", {is_nan(c)})); }},
      {"aten.signbit.default", "self",
       [](Call c) {
         const Expr x = c.tensor("self");
         return x < x.like(0);
       }},
      {"aten.isclose.default", "self, other, rtol=1e-05, atol=1e-08, equal_nan=False", is_close},
      {"aten.equal.default", "self, other", all_equal},
  };
}

}  // namespace twingrad::aten
