#include "importers/pt2/ops/complex_pairs.h"
#include "importers/pt2/ops/families.h"
#include "importers/pt2/ops/formulas.h"

namespace twingrad::aten {
namespace {

constexpr double kLn2 = 0.693147180559945309417232121458;
constexpr double kLn10 = 2.302585092994045684017991454684;

// `self` in the type of the result: functions of integers are computed in floats.
Expr x_of(Call c) {
  return cast(c.tensor("self"), c.result_type());
}

AtenEmit function(std::string_view op) {
  return [op](Call c) { return x_of(c).apply(op); };
}

// Integers are round already.
AtenEmit rounding(std::string_view op) {
  return [op](Call c) {
    const Expr x = c.tensor("self");
    return is_floating_point(x.element()) ? x.apply(op) : x.apply("Identity");
  };
}

Expr truncated(Call c) {
  const Expr x = c.tensor("self");
  if (!is_floating_point(x.element())) return x.apply("Identity");
  return where(x < x.like(0), x.apply("Ceil"), x.apply("Floor"));
}

Expr rounded_to(Call c) {
  const Expr x = c.tensor("self");
  const double scale = std::pow(10.0, static_cast<double>(c.integer("decimals")));
  return (x * scale).apply("Round") / scale;
}

// e^x - 1 without the loss of digits at 0.
Expr expm1(Call c) {
  const Expr x = x_of(c);
  return (x / 2).apply("Tanh") * (exp(x) + 1);
}

Expr logit(Call c) {
  Expr x = x_of(c);
  if (!c.is_none("eps")) {
    const Expr low = c.scalar(c.number("eps"), x.element());
    const Expr high = 1 - low;
    x = where(x < low, low, where(x > high, high, x));
  }
  return log(x / (1 - x));
}

Expr sinc(Call c) {
  const Expr x = x_of(c) * 3.14159265358979323846;
  const Expr none = equal(x, x.like(0));
  const Expr safe = where(none, x.like(1), x);
  return where(none, x.like(1), safe.apply("Sin") / safe);
}

Expr nan_to_num(Call c) {
  const Expr x = c.tensor("self");
  if (!is_floating_point(x.element())) return x.apply("Identity");
  const double largest = x.element() == DataType::kDouble ? std::numeric_limits<double>::max()
                                                          : std::numeric_limits<float>::max();
  const auto given = [&](std::string_view name, double fallback) {
    return x.like(c.is_none(name) ? fallback : c.real(name));
  };
  const Expr infinite = x.apply("IsInf");
  const Expr finite =
      where(infinite, where(x > x.like(0), given("posinf", largest), given("neginf", -largest)), x);
  return where(x.apply("IsNaN"), given("nan", 0), finite);
}

Expr converted(Call c) {
  const Expr x = c.tensor("self");
  return x.element() == c.result_type() ? x : cast(x, c.result_type());
}

Expr identity(Call c) {
  return c.tensor("self");
}

Expr select(Call c) {
  const DataType type = c.result_type();
  return where(cast(c.tensor("condition"), DataType::kBool), c.operand("self", type),
               c.operand("other", type));
}

Expr masked_fill(Call c) {
  const Expr x = c.tensor("self");
  return where(c.tensor("mask"), c.operand("value", x.element()), x);
}

}  // namespace

std::vector<AtenRow> pointwise_rows() {
  std::vector<AtenRow> rows = {
      {"aten.abs.default aten.absolute.default", "self",
       [](Call c) {
         if (c.is_complex("self")) return complex_magnitude(c.tensor("self"));
         return c.tensor("self").apply("Abs");
       }},
      {"aten.angle.default", "self",
       [](Call c) {
         if (c.is_complex("self")) return complex_angle(c.tensor("self"));
         const Expr x = x_of(c);
         return where(x < x.like(0), x.like(3.14159265358979323846), x.like(0));
       }},
      {"aten.ceil.default", "self", rounding("Ceil")},
      {"aten.floor.default", "self", rounding("Floor")},
      {"aten.round.default", "self", rounding("Round")},
      {"aten.round.decimals", "self, *, decimals", rounded_to},
      {"aten.trunc.default aten.fix.default", "self", truncated},
      {"aten.frac.default", "self", [](Call c) { return c.tensor("self") - truncated(c); }},
      {"aten.rsqrt.default", "self", [](Call c) { return reciprocal(sqrt(x_of(c))); }},
      {"aten.square.default", "self", [](Call c) { return square(c.tensor("self")); }},
      {"aten.log2.default", "self", [](Call c) { return log(x_of(c)) / kLn2; }},
      {"aten.log10.default", "self", [](Call c) { return log(x_of(c)) / kLn10; }},
      {"aten.log1p.default aten.special_log1p.default", "self",
       [](Call c) { return log1p(x_of(c)); }},
      {"aten.exp2.default aten.special_exp2.default", "self",
       [](Call c) { return exp(x_of(c) * kLn2); }},
      {"aten.expm1.default aten.special_expm1.default", "self", expm1},
      {"aten.erfc.default aten.special_erfc.default", "self",
       [](Call c) { return 1 - x_of(c).apply("Erf"); }},
      {"aten.logit.default aten.special_logit.default", "self, eps=None", logit},
      {"aten.sinc.default aten.special_sinc.default", "self", sinc},
      {"aten.deg2rad.default", "self",
       [](Call c) { return x_of(c) * (3.14159265358979323846 / 180); }},
      {"aten.rad2deg.default", "self",
       [](Call c) { return x_of(c) * (180 / 3.14159265358979323846); }},
      {"aten.nan_to_num.default", "self, nan=None, posinf=None, neginf=None", nan_to_num},
      {"aten.where.self aten.where.ScalarSelf aten.where.ScalarOther aten.where.Scalar",
       "condition, self, other", select},
      {"aten.masked_fill.Scalar aten.masked_fill.Tensor", "self, mask, value", masked_fill},
      {"aten._to_copy.default aten.to.dtype_layout", "self, *, dtype=None", converted},
      {"aten.to.dtype", "self, dtype, copy=False", converted},
      {"aten.to.device", "self, device, dtype, copy=False", converted},
      {"aten.to.other aten.type_as.default", "self, other, copy=False", converted},
      {"aten.prims_convert.default prims.convert_element_type.default", "a, dtype",
       [](Call c) { return cast(c.tensor("a"), c.result_type()); }},
      {"aten.detach.default aten.detach_copy.default", "self",
       [](Call c) { return stop_gradient(c.tensor("self")); }},
      {"aten.copy.default", "self, src",
       [](Call c) {
         const Expr x = c.tensor("self");
         return expand_as(cast(c.tensor("src"), x.element()), x);
       }},
      {"aten.clone.default aten.contiguous.default aten.alias.default aten.lift_fresh.default "
       "aten.lift_fresh_copy.default aten.lift.default aten.alias_copy.default "
       "aten.positive.default aten.resolve_conj.default aten.resolve_neg.default "
       "aten._unsafe_alias.default",
       "self", identity},
  };
  struct Plain {
    std::string_view targets;
    std::string_view op;
  };
  for (const Plain& plain : {
           Plain{"aten.neg.default aten.negative.default", "Neg"},
           Plain{"aten.sign.default aten.sgn.default", "Sign"},
           Plain{"aten.exp.default", "Exp"},
           Plain{"aten.log.default", "Log"},
           Plain{"aten.sqrt.default", "Sqrt"},
           Plain{"aten.reciprocal.default", "Reciprocal"},
           Plain{"aten.erf.default aten.special_erf.default", "Erf"},
           Plain{"aten.sin.default", "Sin"},
           Plain{"aten.cos.default", "Cos"},
           Plain{"aten.tan.default", "Tan"},
           Plain{"aten.asin.default aten.arcsin.default", "Asin"},
           Plain{"aten.acos.default aten.arccos.default", "Acos"},
           Plain{"aten.atan.default aten.arctan.default", "Atan"},
           Plain{"aten.sinh.default", "Sinh"},
           Plain{"aten.cosh.default", "Cosh"},
           Plain{"aten.tanh.default", "Tanh"},
           Plain{"aten.asinh.default aten.arcsinh.default", "Asinh"},
           Plain{"aten.acosh.default aten.arccosh.default", "Acosh"},
           Plain{"aten.atanh.default aten.arctanh.default", "Atanh"},
           Plain{"aten.sigmoid.default aten.special_expit.default", "Sigmoid"},
       }) {
    rows.push_back({plain.targets, "self", function(plain.op)});
  }
  return rows;
}

}  // namespace twingrad::aten
