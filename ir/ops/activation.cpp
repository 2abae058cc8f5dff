#include <cmath>
#include <numbers>

#include "ir/error.h"
#include "ir/expression.h"
#include "ir/infer.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

void infer_clip(InferContext& context) {
  for (size_t i = 1; i < context.input_count(); ++i) {
    const PartialShape* bound = context.shape(i);
    check(bound == nullptr || bound->rank() == 0 || (bound->rank() == 1 && (*bound)[0].is(1)),
          "input ", quoted_name(context.op().input(i)->name), " must be a scalar");
  }
  infer_same_as_first(context);
}

// The slope broadcasts to X, not the other way round.
void infer_prelu(InferContext& context) {
  const PartialShape* x = context.shape(0);
  const PartialShape* slope = context.shape(1);
  if (x == nullptr) return;
  if (slope != nullptr) {
    const PartialShape wide = broadcast(*x, *slope);
    check(wide.rank() == x->rank(), "a slope of shape ", *slope, " for an input of shape ", *x);
    for (int64_t axis = 0; axis < x->rank(); ++axis) {
      check(!wide[axis].known() || !(*x)[axis].known() || wide[axis].extent == (*x)[axis].extent,
            "a slope of shape ", *slope, " for an input of shape ", *x);
    }
  }
  context.set_shape(0, *x);
}

// Both inputs have one shape; nothing broadcasts.
void infer_swiglu(InferContext& context) {
  const PartialShape* gate = context.shape(0);
  const PartialShape* linear = context.shape(1);
  if (gate == nullptr || linear == nullptr) {
    if (gate != nullptr || linear != nullptr) context.set_shape(0, gate ? *gate : *linear);
    return;
  }
  bool same = gate->rank() == linear->rank();
  PartialShape shape;
  for (int64_t axis = 0; same && axis < gate->rank(); ++axis) {
    const Dimension& a = (*gate)[axis];
    const Dimension& b = (*linear)[axis];
    same = !a.known() || !b.known() || a.extent == b.extent;
    shape.append(b.known() ? b : a);
  }
  check(same, "inputs 'A' and 'B' must have one shape, found ", *gate, " and ", *linear);
  context.set_shape(0, shape);
}

using Inputs = std::span<const ValueId>;

std::vector<ValueId> expand_softsign(Builder& builder, const Node&, Inputs inputs) {
  const Expr x(builder, inputs[0]);
  return {(x / (x.apply("Abs") + 1.0)).id()};
}

std::vector<ValueId> expand_mish(Builder& builder, const Node&, Inputs inputs) {
  const Expr x(builder, inputs[0]);
  return {(x * x.apply("Softplus").apply("Tanh")).id()};
}

Expr swish(Expr x, float alpha) {
  return x * (alpha == 1.0F ? x : x * static_cast<double>(alpha)).apply("Sigmoid");
}

std::vector<ValueId> expand_swish(Builder& builder, const Node& node, Inputs inputs) {
  return {swish({builder, inputs[0]}, node.attributes.real("alpha")).id()};
}

std::vector<ValueId> expand_swiglu(Builder& builder, const Node& node, Inputs inputs) {
  const Expr gate = swish({builder, inputs[0]}, node.attributes.real("alpha"));
  return {(gate * Expr(builder, inputs[1])).id()};
}

// x times the normal distribution function, or the approximation of it by a tanh.
std::vector<ValueId> expand_gelu(Builder& builder, const Node& node, Inputs inputs) {
  const Expr x(builder, inputs[0]);
  if (node.attributes.text("approximate") == "tanh") {
    const Expr inner = (x + x * square(x) * 0.044715) * std::sqrt(2 * std::numbers::inv_pi);
    return {(x * 0.5 * (inner.apply("Tanh") + 1.0)).id()};
  }
  return {(x * 0.5 * ((x * (1 / std::numbers::sqrt2)).apply("Erf") + 1.0)).id()};
}

void infer_gelu(InferContext& context) {
  const std::string& approximate = context.attributes().text("approximate");
  check(approximate == "none" || approximate == "tanh",
        "attribute 'approximate' must be none or tanh, found ", quoted_name(approximate));
  infer_same_as_first(context);
}

OpRow activation(std::string_view name, std::vector<AttributeDef> attributes,
                 ExpandFunction expand = nullptr) {
  return {.name = name,
          .signature = "X:T -> Y:T",
          .types = {{"T", kFloatTypes}},
          .attributes = std::move(attributes),
          .op_class = OpClass::kElementwise,
          .infer = infer_same_as_first,
          .expand = expand};
}

OpRow softsign() {
  OpRow row = activation("Softsign", {}, expand_softsign);
  row.signature = "input:T -> output:T";
  return row;
}

}  // namespace

std::vector<OpRow> activation_ops() {
  const auto alpha = [](float value) { return defaulted("alpha", value); };
  return {
      {.name = "Clip",
       .signature = "input:T, min:T?, max:T? -> output:T",
       .types = {{"T", kNumericTypes}},
       .op_class = OpClass::kElementwise,
       .infer = infer_clip},
      {.name = "PRelu",
       .signature = "X:T, slope:T -> Y:T",
       .types = {{"T", kWideNumbers}},
       .op_class = OpClass::kElementwise,
       .infer = infer_prelu},
      {.name = "Shrink",
       .signature = "input:T -> output:T",
       .types = {{"T", kIntegerTypes |
                           TypeSet{DataType::kFloat16, DataType::kFloat, DataType::kDouble}}},
       .attributes = {defaulted("bias", 0.0F), defaulted("lambd", 0.5F)},
       .op_class = OpClass::kElementwise,
       .infer = infer_same_as_first},
      activation("Elu", {alpha(1.0F)}),
      activation("Celu", {alpha(1.0F)}),
      activation("Selu", {alpha(1.67326319217681884765625F),
                          defaulted("gamma", 1.05070102214813232421875F)}),
      activation("HardSigmoid", {alpha(0.2F), defaulted("beta", 0.5F)}),
      activation("ThresholdedRelu", {alpha(1.0F)}),
      activation("HardSwish", {}),
      softsign(),
      activation("Mish", {}, expand_mish),
      activation("Swish", {alpha(1.0F)}, expand_swish),
      {.name = "SwiGLU",
       .signature = "A:T, B:T -> Y:T",
       .types = {{"T", kFloatTypes}},
       .attributes = {alpha(1.0F)},
       .op_class = OpClass::kElementwise,
       .infer = infer_swiglu,
       .expand = expand_swiglu},
      {.name = "Gelu",
       .signature = "X:T -> Y:T",
       .types = {{"T", kFloatTypes}},
       .attributes = {defaulted("approximate", std::string("none"))},
       .op_class = OpClass::kElementwise,
       .infer = infer_gelu,
       .expand = expand_gelu},
  };
}

}  // namespace twingrad
