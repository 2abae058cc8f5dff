#include <algorithm>
#include <numeric>

#include "ir/domains.h"
#include "ir/error.h"
#include "ir/ops/channel_layout.h"
#include "ir/ops/expansion_inference.h"
#include "ir/ops/fused_activation.h"
#include "ir/ops/quantized_operands.h"
#include "ir/ops/tables.h"
#include "ir/ops/window_definitions.h"

// Matrix products and convolutions of ONNX Runtime.

namespace twingrad {
namespace {

using Inputs = std::span<const ValueId>;

bool is_given(Inputs inputs, size_t i) {
  return i < inputs.size() && inputs[i] != kNoValue;
}

DataType product_type(DataType type) {
  return type == DataType::kDouble ? type : DataType::kFloat;
}

// A; its scale and zero point; B, its scale and zero point; C in steps of the product; scale and
// zero point of Y. Vectors belong to the columns of B as it is multiplied.
std::vector<ValueId> expand_quantized_gemm(Builder& builder, const Node& node, Inputs inputs) {
  const QuantizedOperands given{builder, inputs};
  const bool b_turned = node.attributes.flag("transB");
  const Expr a = given.steps(0, 2, 0);
  const Expr b = given.steps(3, 5, b_turned ? 1 : 0);
  Expr sums = matmul(node.attributes.flag("transA") ? swap_last_two(a) : a,
                     b_turned ? swap_last_two(b) : b);
  if (given.has(6)) sums = sums + cast(given.at(6), DataType::kDouble);
  const auto alpha = static_cast<double>(node.attributes.real("alpha"));
  Expr scale = given.scalar(1) * given.factor(4, 0);
  if (alpha != 1) scale = scale * alpha;
  if (!given.has(7)) return {(cast(sums, scale.element()) * scale).id()};
  const Expr factor = scale / given.scalar(7);
  const std::optional<Expr> zero_point = given.optional_scalar(8);
  check(zero_point.has_value(), "input 'y_scale' needs 'y_zero_point'");
  return {quantized(cast(sums, factor.element()) * factor, zero_point, zero_point->element()).id()};
}

// A, B, their scales, their zero points, a bias.
std::vector<ValueId> expand_integers_to_float(Builder& builder, const Node&, Inputs inputs) {
  const QuantizedOperands given{builder, inputs};
  const Expr sums = matmul(given.steps(0, 4, 0), given.steps(1, 5, 0));
  const DataType type = given.at(2).element();
  const DataType wide = product_type(type);
  const Expr scale = cast(given.scalar(2), wide) * cast(given.factor(3, 0), wide);
  Expr y = cast(sums, wide) * scale;
  if (given.has(6)) y = y + cast(given.at(6), wide);
  return {cast(y, type).id()};
}

std::vector<ValueId> expand_dynamic_product(Builder& builder, const Node&, Inputs inputs) {
  NodeSpec quantize;
  quantize.op = "DynamicQuantizeLinear";
  quantize.inputs = {inputs[0]};
  quantize.output_count = 3;
  const std::vector<ValueId> a = builder.emit(std::move(quantize));
  const auto given = [&](size_t i) { return is_given(inputs, i) ? inputs[i] : kNoValue; };
  NodeSpec product;
  product.op = "MatMulIntegerToFloat";
  product.domain = kMicrosoftDomain;
  product.inputs = {a[0], given(1), a[1], given(2), a[2], given(3), given(4)};
  return builder.emit(std::move(product));
}

// With `batch` the first axis is that of the rows, the axes of the batch follow.
Expr matrices(Expr x, bool batch, bool turned) {
  if (batch && x.rank() > 2) {
    std::vector<int64_t> axes(static_cast<size_t>(x.rank()));
    std::iota(axes.begin(), axes.end(), 0);
    std::rotate(axes.begin(), axes.begin() + 1, axes.end() - 1);
    x = transpose(x, axes);
  }
  return turned && x.rank() > 1 ? swap_last_two(x) : x;
}

std::vector<ValueId> expand_fused_matmul(Builder& builder, const Node& node, Inputs inputs) {
  const Attributes& attributes = node.attributes;
  const auto flag = [&](std::string_view name) {
    return attributes.has(name) && attributes.flag(name);
  };
  const Expr a = matrices({builder, inputs[0]}, flag("transBatchA"), flag("transA"));
  const Expr b = matrices({builder, inputs[1]}, flag("transBatchB"), flag("transB"));
  const auto alpha = static_cast<double>(attributes.real("alpha"));
  const Expr y = matmul(a, b);
  return {(alpha == 1 ? y : y * alpha).id()};
}

std::vector<ValueId> expand_fused_gemm(Builder& builder, const Node& node, Inputs inputs) {
  NodeSpec spec;
  spec.op = "Gemm";
  spec.inputs = {inputs.begin(), inputs.end()};
  for (const char* name : {"alpha", "beta", "transA", "transB"}) {
    spec.attributes.set(name, *node.attributes.find(name));
  }
  const Expr y(builder, builder.emit(std::move(spec))[0]);
  std::vector<float> parameters;
  for (const char* name : {"activation_alpha", "activation_beta", "activation_gamma"}) {
    if (!node.attributes.has(name)) break;
    parameters.push_back(node.attributes.real(name));
  }
  return {activated(y, node.attributes.text("activation"), parameters).id()};
}

Attributes window_attributes_of(const Node& node) {
  Attributes attributes;
  for (const AttributeDef& def : window_definitions()) {
    const AttributeValue* value = node.attributes.find(def.name);
    if (value != nullptr) attributes.set(def.name, *value);
  }
  return attributes;
}

Expr convolution(Builder& builder, const Node& node, Expr x, Inputs inputs) {
  NodeSpec spec;
  spec.op = "Conv";
  spec.inputs = {x.id(), inputs[1]};
  if (is_given(inputs, 2)) spec.inputs.push_back(inputs[2]);
  spec.attributes = window_attributes_of(node);
  return {builder, builder.emit(std::move(spec))[0]};
}

// Z is added before the activation.
std::vector<ValueId> expand_fused_conv(Builder& builder, const Node& node, Inputs inputs) {
  Expr y = convolution(builder, node, {builder, inputs[0]}, inputs);
  if (is_given(inputs, 3)) y = y + Expr(builder, inputs[3]);
  std::vector<float> parameters;
  if (node.attributes.has("activation_params")) {
    parameters = node.attributes.get<std::vector<float>>("activation_params");
  }
  return {activated(y, node.attributes.text("activation"), parameters).id()};
}

// The kernel has its channels in front as for Conv.
std::vector<ValueId> expand_nhwc_conv(Builder& builder, const Node& node, Inputs inputs) {
  const Expr x = channels_first({builder, inputs[0]});
  return {channels_last(convolution(builder, node, x, inputs)).id()};
}

OpRow product_row(std::string_view name, std::string_view signature,
                  std::vector<TypeConstraint> types, std::vector<AttributeDef> attributes,
                  ExpandFunction expand) {
  return {.name = name,
          .signature = signature,
          .types = std::move(types),
          .attributes = std::move(attributes),
          .op_class = OpClass::kContraction,
          .infer = infer_by_expansion,
          .expand = expand,
          .domain = kMicrosoftDomain};
}

std::vector<AttributeDef> with_windows(std::vector<AttributeDef> attributes) {
  for (AttributeDef& def : window_definitions()) attributes.push_back(std::move(def));
  return attributes;
}

}  // namespace

std::vector<OpRow> microsoft_product_ops() {
  const TypeSet bytes = {DataType::kInt8, DataType::kUint8};
  const TypeSet floats = {DataType::kFloat, DataType::kDouble};
  const auto flag = [](std::string_view name) { return defaulted(name, int64_t{0}); };
  const AttributeDef alpha = defaulted("alpha", 1.0F);
  const AttributeDef activation = defaulted("activation", std::string());
  const auto parameter = [](std::string_view name) {
    return optional(name, AttributeType::kFloat);
  };
  return {
      product_row(
          "QGemm",
          "A:TA, a_scale:T, a_zero_point:TA, B:TB, b_scale:T, b_zero_point:TB, C:int32?, "
          "y_scale:T?, y_zero_point:TYZ? -> Y:TY",
          {{"T", floats}, {"TA", bytes}, {"TB", bytes}, {"TYZ", bytes}, {"TY", bytes | floats}},
          {alpha, flag("transA"), flag("transB")}, expand_quantized_gemm),
      product_row(
          "MatMulIntegerToFloat",
          "A:T1, B:T2, a_scale:T3, b_scale:T3, a_zero_point:T1?, b_zero_point:T2?, bias:T3? -> "
          "Y:T3",
          {{"T1", bytes}, {"T2", bytes}, {"T3", kFloatTypes}}, {}, expand_integers_to_float),
      product_row("DynamicQuantizeMatMul",
                  "A:T1, B:T2, b_scale:T1, b_zero_point:T2?, bias:T1? -> Y:T1",
                  {{"T1", floats}, {"T2", bytes}}, {}, expand_dynamic_product),
      product_row("FusedMatMul", "A:T, B:T -> Y:T", {{"T", kFloatTypes}},
                  {alpha, flag("transA"), flag("transB"), flag("transBatchA"), flag("transBatchB")},
                  expand_fused_matmul),
      product_row("TransposeMatMul", "A:T, B:T -> Y:T", {{"T", kFloatTypes}},
                  {alpha, flag("transA"), flag("transB")}, expand_fused_matmul),
      product_row("FusedGemm", "A:T, B:T, C:T? -> Y:T", {{"T", kFloatTypes}},
                  {activation, parameter("activation_alpha"), parameter("activation_beta"),
                   parameter("activation_gamma"), alpha, defaulted("beta", 1.0F), flag("transA"),
                   flag("transB")},
                  expand_fused_gemm),
      product_row("FusedConv", "X:T, W:T, B:T?, Z:T? -> Y:T", {{"T", kFloatTypes}},
                  with_windows({activation, optional("activation_params", AttributeType::kFloats)}),
                  expand_fused_conv),
      product_row("NhwcConv", "X:T, W:T, B:T? -> Y:T", {{"T", kFloatTypes}}, with_windows({}),
                  expand_nhwc_conv),
  };
}

}  // namespace twingrad
