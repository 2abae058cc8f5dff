#include "importers/pt2/ops/families.h"
#include "importers/pt2/ops/formulas.h"
#include "ir/error.h"

namespace twingrad::aten {
namespace {

Expr activated(Call c) {
  return c.tensor("self");
}

// Numbers as bounds are those of Clip, tensors those of a minimum of a maximum: at equal elements
// PyTorch gives the gradient to nobody, or half of it to each.
Expr bounded(Expr x, std::optional<double> low, std::optional<double> high) {
  std::vector<ValueId> inputs = {x.id(), low ? x.like(*low).id() : kNoValue};
  if (high) inputs.push_back(x.like(*high).id());
  return {x.builder(), x.builder().emit_one("Clip", std::move(inputs))};
}

Expr clamp(Call c, std::string_view low, std::string_view high) {
  const DataType type = c.result_type();
  const Expr x = cast(activated(c), type);
  const auto given = [&](std::string_view name) { return !name.empty() && !c.is_none(name); };
  const auto known = [&](std::string_view name) {
    return !given(name) || (c.is_number(name) && c.number(name).known());
  };
  if (known(low) && known(high)) {
    const auto bound = [&](std::string_view name) {
      return given(name) ? std::optional(c.real(name)) : std::nullopt;
    };
    return bounded(x, bound(low), bound(high));
  }
  const Expr above = given(low) ? x.apply("Max", {c.operand(low, type)}) : x;
  return given(high) ? above.apply("Min", {c.operand(high, type)}) : above;
}

Expr leaky(Call c) {
  const Expr x = activated(c);
  const double slope = c.real("negative_slope");
  if (!fits_attribute(slope, x.element())) return where(x > x.like(0), x, x * slope);
  return x.apply("LeakyRelu", {}, {{"alpha", static_cast<float>(slope)}});
}

Expr leaky(Expr x, Expr slope) {
  return where(x > x.like(0), x, x * slope);
}

Expr exponential(Expr x, double alpha, double scale, double input_scale) {
  const Expr positive = x > x.like(0);
  // In the branch that is not taken e^x might be infinite, and infinity times 0 is not 0.
  const Expr safe = where(positive, x.like(0), x);
  const Expr inner = input_scale == 1 ? safe : safe * input_scale;
  const Expr curve = (inner / 2).apply("Tanh") * (exp(inner) + 1);
  return where(positive, x * scale, curve * (alpha * scale));
}

Expr gelu(Call c) {
  const Expr x = activated(c);
  return x.apply("Gelu", {}, {{"approximate", c.text("approximate")}});
}

Expr softplus(Call c) {
  const Expr x = activated(c);
  const double beta = c.real("beta");
  const Expr z = beta == 1 ? x : x * beta;
  const Expr linear = z > z.like(c.real("threshold"));
  const Expr soft = where(linear, z.like(0), z).apply("Softplus");
  return where(linear, x, beta == 1 ? soft : soft / beta);
}

Expr hard_sigmoid(Expr x) {
  return x.apply("HardSigmoid", {}, {{"alpha", 1.0F / 6}, {"beta", 0.5F}});
}

Expr shrunk(Call c, bool soft) {
  const Expr x = activated(c);
  const double lambda = c.real("lambd");
  const Expr above = soft ? x - lambda : x;
  const Expr below = soft ? x + lambda : x;
  return where(x > x.like(lambda), above, where(x < x.like(-lambda), below, x.like(0)));
}

// Slopes for axis 1, or one for all.
Expr prelu(Call c) {
  const Expr x = activated(c);
  Expr slope = c.tensor("weight");
  if (slope.rank() == 1 && x.rank() > 1 && !slope.shape()[0].is(1)) {
    std::vector<int64_t> axes;
    for (int64_t axis = 1; axis < x.rank() - 1; ++axis) axes.push_back(axis);
    slope = unsqueeze(slope, axes);
  }
  return leaky(x, slope);
}

Expr gated(Call c) {
  const Expr x = activated(c);
  const int64_t axis = axis_of(c, "dim", x.rank());
  const std::vector<ValueId> halves =
      x.builder().emit({.op = "Split",
                        .inputs = {x.id()},
                        .attributes = {{"axis", axis}, {"num_outputs", int64_t{2}}},
                        .output_count = 2});
  return Expr(x.builder(), halves[0]) * Expr(x.builder(), halves[1]).apply("Sigmoid");
}

Expr rrelu(Call c) {
  if (c.flag("training")) fail_unsupported("random slopes of training are not supported");
  const Expr x = activated(c);
  return leaky(x, x.like((c.real("lower") + c.real("upper")) / 2));
}

}  // namespace

std::vector<AtenRow> activation_rows() {
  return {
      {"aten.relu.default", "self", [](Call c) { return activated(c).apply("Relu"); }},
      {"aten.relu6.default", "self", [](Call c) { return bounded(activated(c), 0, 6); }},
      {"aten.hardtanh.default", "self, min_val=-1, max_val=1",
       [](Call c) { return bounded(activated(c), c.real("min_val"), c.real("max_val")); }},
      {"aten.clamp.default aten.clamp.Tensor aten.clip.default aten.clip.Tensor",
       "self, min=None, max=None", [](Call c) { return clamp(c, "min", "max"); }},
      {"aten.clamp_min.default aten.clamp_min.Tensor", "self, min",
       [](Call c) { return clamp(c, "min", ""); }},
      {"aten.clamp_max.default aten.clamp_max.Tensor", "self, max",
       [](Call c) { return clamp(c, "", "max"); }},
      {"aten.leaky_relu.default", "self, negative_slope=0.01", [](Call c) { return leaky(c); }},
      {"aten.prelu.default aten._prelu_kernel.default", "self, weight", prelu},
      {"aten.rrelu.default", "self, lower=0.125, upper=0.3333333333333333, training=False", rrelu},
      {"aten.elu.default", "self, alpha=1, scale=1, input_scale=1",
       [](Call c) {
         const bool plain = c.real("scale") == 1 && c.real("input_scale") == 1;
         if (plain && fits_attribute(c.real("alpha"), activated(c).element())) {
           return activated(c).apply("Elu", {}, {{"alpha", static_cast<float>(c.real("alpha"))}});
         }
         return exponential(activated(c), c.real("alpha"), c.real("scale"), c.real("input_scale"));
       }},
      {"aten.celu.default", "self, alpha=1.0",
       [](Call c) { return exponential(activated(c), c.real("alpha"), 1, 1 / c.real("alpha")); }},
      {"aten.selu.default", "self",
       [](Call c) {
         return exponential(activated(c), 1.6732632423543772848170429916717,
                            1.0507009873554804934193349852946, 1);
       }},
      {"aten.gelu.default", "self, *, approximate='none'", gelu},
      {"aten.silu.default", "self",
       [](Call c) { return activated(c) * activated(c).apply("Sigmoid"); }},
      {"aten.mish.default", "self",
       [](Call c) { return activated(c) * activated(c).apply("Softplus").apply("Tanh"); }},
      {"aten.softplus.default", "self, beta=1, threshold=20", softplus},
      {"aten.log_sigmoid.default", "self",
       [](Call c) { return -(-activated(c)).apply("Softplus"); }},
      {"aten.log_sigmoid_forward.default", "self",
       [](Call c) {
         const Expr result = -(-activated(c)).apply("Softplus");
         return AtenResults{result, zeros_as(result)};
       }},
      {"aten.hardsigmoid.default", "self", [](Call c) { return hard_sigmoid(activated(c)); }},
      {"aten.hardswish.default", "self", [](Call c) { return activated(c).apply("HardSwish"); }},
      {"aten.hardshrink.default", "self, lambd=0.5", [](Call c) { return shrunk(c, false); }},
      {"aten.softshrink.default", "self, lambd=0.5", [](Call c) { return shrunk(c, true); }},
      {"aten.threshold.default", "self, threshold, value",
       [](Call c) {
         const Expr x = activated(c);
         return where(x > x.like(c.real("threshold")), x, x.like(c.real("value")));
       }},
      {"aten.glu.default", "self, dim=-1", gated},
  };
}

}  // namespace twingrad::aten
