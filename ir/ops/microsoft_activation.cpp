#include "ir/domains.h"
#include "ir/expression.h"
#include "ir/infer.h"
#include "ir/ops/expansion_inference.h"
#include "ir/ops/tables.h"

// Activations of ONNX Runtime.

namespace twingrad {
namespace {

using Inputs = std::span<const ValueId>;

Expr gelu(Expr x, const char* approximate = "none") {
  return x.apply("Gelu", {}, {{"approximate", std::string(approximate)}});
}

std::vector<ValueId> expand_microsoft_gelu(Builder& builder, const Node&, Inputs inputs) {
  return {gelu({builder, inputs[0]}).id()};
}

std::vector<ValueId> expand_bias_gelu(Builder& builder, const Node&, Inputs inputs) {
  return {gelu(Expr(builder, inputs[0]) + Expr(builder, inputs[1])).id()};
}

std::vector<ValueId> expand_fast_gelu(Builder& builder, const Node&, Inputs inputs) {
  const Expr x(builder, inputs[0]);
  const bool biased = inputs.size() > 1 && inputs[1] != kNoValue;
  return {gelu(biased ? x + Expr(builder, inputs[1]) : x, "tanh").id()};
}

std::vector<ValueId> expand_quick_gelu(Builder& builder, const Node& node, Inputs inputs) {
  const Expr x(builder, inputs[0]);
  const auto alpha = static_cast<double>(node.attributes.real("alpha"));
  return {(x * (x * alpha).apply("Sigmoid")).id()};
}

// The left half times the Gelu of the right one.
std::vector<ValueId> expand_bias_split_gelu(Builder& builder, const Node&, Inputs inputs) {
  NodeSpec halves;
  halves.op = "Split";
  halves.inputs = {(Expr(builder, inputs[0]) + Expr(builder, inputs[1])).id()};
  halves.attributes = {{"axis", int64_t{-1}}, {"num_outputs", int64_t{2}}};
  halves.output_count = 2;
  const std::vector<ValueId> parts = builder.emit(std::move(halves));
  return {(Expr(builder, parts[0]) * gelu({builder, parts[1]})).id()};
}

std::vector<ValueId> expand_bias_add(Builder& builder, const Node&, Inputs inputs) {
  return {(Expr(builder, inputs[0]) + Expr(builder, inputs[1]) + Expr(builder, inputs[2])).id()};
}

// The bias is stretched over axes in the middle, or over those in front, as broadcasting does it.
std::vector<ValueId> expand_bias_softmax(Builder& builder, const Node& node, Inputs inputs) {
  const Expr x = Expr(builder, inputs[0]) + Expr(builder, inputs[1]);
  const int64_t axis = normalized_axis(node.attributes.integer("axis"), x.rank());
  const Expr matrix = x.apply("Flatten", {}, {{"axis", axis}});
  return {reshape_as(matrix.apply("Softmax", {}, {{"axis", int64_t{1}}}), x).id()};
}

OpRow activation_row(std::string_view name, std::string_view signature, ExpandFunction expand,
                     std::vector<AttributeDef> attributes = {}) {
  return {.name = name,
          .signature = signature,
          .types = {{"T", kFloatTypes}},
          .attributes = std::move(attributes),
          .infer = infer_by_expansion,
          .expand = expand,
          .domain = kMicrosoftDomain};
}

}  // namespace

std::vector<OpRow> microsoft_activation_ops() {
  return {
      activation_row("Gelu", "X:T -> Y:T", expand_microsoft_gelu),
      activation_row("BiasGelu", "A:T, B:T -> C:T", expand_bias_gelu),
      activation_row("FastGelu", "X:T, bias:T? -> Y:T", expand_fast_gelu),
      activation_row("QuickGelu", "X:T -> Y:T", expand_quick_gelu, {defaulted("alpha", 1.702F)}),
      activation_row("BiasSplitGelu", "X:T, bias:T -> Y:T", expand_bias_split_gelu),
      activation_row("BiasAdd", "X:T, bias:T, skip:T -> Y:T", expand_bias_add),
      activation_row(
          "BiasSoftmax", "data:T, bias:T -> output:T", expand_bias_softmax,
          {defaulted("axis", int64_t{1}), required("is_inner_broadcast", AttributeType::kInt)}),
  };
}

}  // namespace twingrad
