#include <array>

#include "importers/pt2/ops/complex_pairs.h"
#include "importers/pt2/ops/families.h"
#include "importers/pt2/ops/formulas.h"

namespace twingrad::aten {
namespace {

// `self` op `other`, in the type of the result.
Expr left(Call c) {
  return c.operand("self", c.result_type());
}
Expr right(Call c) {
  return c.operand("other", c.result_type());
}

// `other` times alpha.
Expr scaled(Call c, std::string_view name) {
  const Expr x = c.operand(name, c.result_type());
  const TorchNumber alpha = c.number("alpha");
  if (alpha.known() && alpha.as_double() == 1) return x;
  return x * c.scalar(alpha, c.result_type());
}

// A real operand of a complex operation.
Expr as_pairs(Call c, std::string_view name) {
  const Expr x = c.operand(name, c.result_type());
  return c.is_complex(name) ? x : pair_of(x, zeros_as(x));
}

Expr quotient(Call c) {
  if (!c.result_is_complex()) return left(c) / right(c);
  if (c.is_complex("other")) {
    const Expr b = right(c);
    const Expr turned = pair_of(part(b, 0), -part(b, 1));
    const Expr size = square(part(b, 0)) + square(part(b, 1));
    return complex_product(as_pairs(c, "self"), turned) / unsqueeze(size, std::array{size.rank()});
  }
  const Expr b = right(c);
  return left(c) / (c.is_number("other") ? b : unsqueeze(b, std::array{b.rank()}));
}

Expr add(Call c) {
  if (c.result_is_complex()) return as_pairs(c, "self") + as_pairs(c, "other");
  if (c.result_type() == DataType::kBool) return left(c).apply("Or", {right(c)});
  return left(c) + scaled(c, "other");
}

Expr multiply(Call c) {
  if (c.result_type() == DataType::kBool) return left(c).apply("And", {right(c)});
  if (!c.result_is_complex()) return left(c) * right(c);
  return complex_product(as_pairs(c, "self"), as_pairs(c, "other"));
}

bool is_exact(Call c) {
  return !is_floating_point(c.result_type());
}

Expr rounded_down(Expr a, Expr b, bool exact) {
  // Mod has the sign of the divisor, so what is left divides without a rest.
  if (exact) return (a - a.apply("Mod", {b})) / b;
  return (a / b).apply("Floor");
}

Expr truncated(Expr x) {
  return where(x < x.like(0), x.apply("Ceil"), x.apply("Floor"));
}

Expr divide_rounded(Call c) {
  const Expr a = left(c);
  const Expr b = right(c);
  if (c.is_none("rounding_mode")) return a / b;
  if (c.text("rounding_mode") == "floor") return rounded_down(a, b, is_exact(c));
  return is_exact(c) ? a / b : truncated(a / b);
}

Expr remainder(Call c) {
  const Expr a = left(c);
  const Expr b = right(c);
  if (is_exact(c)) return a.apply("Mod", {b});
  const Expr rest = a.apply("Mod", {b}, {{"fmod", int64_t{1}}});
  const Expr zero = rest.like(0);
  const Expr other_sign = (rest < zero).apply("Xor", {b < zero});
  return where(logical_not(equal(rest, zero)).apply("And", {other_sign}), rest + b, rest);
}

Expr power(Call c, std::string_view base, std::string_view exponent) {
  const DataType type = c.result_type();
  if (c.is_number(exponent) && c.number(exponent).known()) {
    const double number = c.number(exponent).as_double();
    if (number == 2) return square(c.operand(base, type));
    if (number == 1) return c.operand(base, type).apply("Identity");
  }
  return pow(c.operand(base, type), c.operand(exponent, type));
}

Expr larger_or_number(Call c, bool larger) {
  const Expr a = left(c);
  const Expr b = right(c);
  const Expr found = a.apply(larger ? "Max" : "Min", {b});
  if (is_exact(c)) return found;
  return where(a.apply("IsNaN"), b, where(b.apply("IsNaN"), a, found));
}

Expr log_add_exp(Call c) {
  const Expr b = right(c);
  return b + (left(c) - b).apply("Softplus");
}

Expr lerp(Call c) {
  const DataType type = c.result_type();
  const Expr a = c.operand("self", type);
  return a + c.operand("weight", type) * (c.operand("end", type) - a);
}

// self + value * tensor1 (times, or over) tensor2
Expr add_of_two(Call c, bool quotient) {
  const DataType type = c.result_type();
  const Expr a = c.operand("tensor1", type);
  const Expr b = c.operand("tensor2", type);
  const Expr both = quotient ? a / b : a * b;
  const TorchNumber value = c.number("value");
  const bool one = value.known() && value.as_double() == 1;
  return c.operand("self", type) + (one ? both : both * c.scalar(value, type));
}

Expr x_log_y(Call c) {
  const Expr x = left(c);
  const Expr zero = x.like(0);
  const Expr none = equal(x, zero);
  const Expr y = right(c);
  return where(none, zero, x * log(where(none, ones_as(x * y), y)));
}

}  // namespace

std::vector<AtenRow> arithmetic_rows() {
  return {
      {"aten.add.Tensor aten.add.Scalar", "self, other, *, alpha=1", add},
      {"aten.sub.Tensor aten.sub.Scalar aten.subtract.Tensor aten.subtract.Scalar",
       "self, other, *, alpha=1", [](Call c) { return left(c) - scaled(c, "other"); }},
      {"aten.rsub.Tensor aten.rsub.Scalar", "self, other, *, alpha=1",
       [](Call c) { return right(c) - scaled(c, "self"); }},
      {"aten.mul.Tensor aten.mul.Scalar aten.multiply.Tensor aten.multiply.Scalar", "self, other",
       multiply},
      {"aten.div.Tensor aten.div.Scalar aten.divide.Tensor aten.divide.Scalar "
       "aten.true_divide.Tensor aten.true_divide.Scalar",
       "self, other", quotient},
      {"aten.div.Tensor_mode aten.div.Scalar_mode aten.divide.Tensor_mode aten.divide.Scalar_mode",
       "self, other, *, rounding_mode", divide_rounded},
      {"aten.floor_divide.default aten.floor_divide.Scalar", "self, other",
       [](Call c) { return rounded_down(left(c), right(c), is_exact(c)); }},
      {"aten.remainder.Tensor aten.remainder.Scalar aten.remainder.Scalar_Tensor", "self, other",
       remainder},
      {"aten.fmod.Tensor aten.fmod.Scalar", "self, other",
       [](Call c) {
         return left(c).apply("Mod", {right(c)}, {{"fmod", int64_t{1}}});
       }},
      {"aten.pow.Tensor_Tensor aten.pow.Tensor_Scalar aten.pow.Scalar "
       "aten.float_power.Tensor_Tensor aten.float_power.Tensor_Scalar aten.float_power.Scalar",
       "self, exponent", [](Call c) { return power(c, "self", "exponent"); }},
      {"aten.maximum.default aten.max.other", "self, other",
       [](Call c) { return left(c).apply("Max", {right(c)}); }},
      {"aten.minimum.default aten.min.other", "self, other",
       [](Call c) { return left(c).apply("Min", {right(c)}); }},
      {"aten.fmax.default", "self, other", [](Call c) { return larger_or_number(c, true); }},
      {"aten.fmin.default", "self, other", [](Call c) { return larger_or_number(c, false); }},
      {"aten.atan2.default aten.arctan2.default aten.atan2.out", "self, other, *, out=None",
       [](Call c) { return arc_tangent(left(c), right(c)); }},
      {"aten.hypot.default", "self, other",
       [](Call c) { return sqrt(square(left(c)) + square(right(c))); }},
      {"aten.logaddexp.default", "self, other", log_add_exp},
      {"aten.copysign.Tensor aten.copysign.Scalar", "self, other",
       [](Call c) {
         const Expr b = right(c);
         const Expr size = left(c).apply("Abs");
         return where(b < b.like(0), -size, size);
       }},
      {"aten.lerp.Scalar aten.lerp.Tensor", "self, end, weight", lerp},
      {"aten.addcmul.default", "self, tensor1, tensor2, *, value=1",
       [](Call c) { return add_of_two(c, false); }},
      {"aten.addcdiv.default", "self, tensor1, tensor2, *, value=1",
       [](Call c) { return add_of_two(c, true); }},
      {"aten.xlogy.Tensor aten.xlogy.Scalar_Other aten.xlogy.Scalar_Self "
       "aten.special_xlogy.default",
       "self, other", x_log_y},
  };
}

}  // namespace twingrad::aten
