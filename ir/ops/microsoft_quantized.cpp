#include "ir/domains.h"
#include "ir/error.h"
#include "ir/ops/channel_layout.h"
#include "ir/ops/expansion_inference.h"
#include "ir/ops/quantized_operands.h"
#include "ir/ops/tables.h"
#include "ir/ops/window_definitions.h"

// Operators of ONNX Runtime on quantized tensors: dequantize, the operator, quantize. Scales may be
// double besides, for which derivatives are checked.

namespace twingrad {
namespace {

using Inputs = std::span<const ValueId>;

DataType type_of(const QuantizedOperands& given, size_t i = 0) {
  return given.at(i).element();
}

// One tensor, its scale and zero point, then those of the result.
std::vector<ValueId> applied(Builder& builder, Inputs inputs, std::string_view op,
                             const Attributes& attributes) {
  const QuantizedOperands given{builder, inputs};
  const Expr y = given.dequantized(0).apply(op, {}, attributes);
  return {given.requantized(y, 3, type_of(given)).id()};
}

std::vector<ValueId> expand_add(Builder& builder, const Node&, Inputs inputs) {
  const QuantizedOperands given{builder, inputs};
  const Expr sum = given.dequantized(0) + given.dequantized(3);
  return {given.requantized(sum, 6, type_of(given)).id()};
}

// The product of the steps is exact; only then come the scales.
std::vector<ValueId> expand_multiply(Builder& builder, const Node&, Inputs inputs) {
  const QuantizedOperands given{builder, inputs};
  const Expr scale = given.scalar(1) * given.scalar(4);
  const Expr product = given.steps(0, 2, 0) * given.steps(3, 5, 0);
  return {given.requantized(cast(product, scale.element()) * scale, 6, type_of(given)).id()};
}

std::vector<ValueId> expand_sigmoid(Builder& builder, const Node&, Inputs inputs) {
  return applied(builder, inputs, "Sigmoid", {});
}

std::vector<ValueId> expand_leaky_relu(Builder& builder, const Node& node, Inputs inputs) {
  return applied(builder, inputs, "LeakyRelu", node.attributes);
}

std::vector<ValueId> expand_pool(Builder& builder, const Node& node, Inputs inputs) {
  const QuantizedOperands given{builder, inputs};
  Attributes attributes = node.attributes;
  const bool last = attributes.flag("channels_last");
  attributes.erase("channels_last");
  const bool global = node.op->name == "QLinearGlobalAveragePool";
  const Expr x = given.dequantized(0);
  const Expr pooled = (last ? channels_first(x) : x)
                          .apply(global ? "GlobalAveragePool" : "AveragePool", {}, attributes);
  return {given.requantized(last ? channels_last(pooled) : pooled, 3, type_of(given)).id()};
}

std::vector<ValueId> expand_concat(Builder& builder, const Node& node, Inputs inputs) {
  check(inputs.size() >= 5 && inputs.size() % 3 == 2,
        "needs a tensor, a scale and a zero point for every part, found ", inputs.size() - 2,
        " inputs");
  const QuantizedOperands given{builder, inputs};
  std::vector<Expr> parts;
  for (size_t i = 2; i < inputs.size(); i += 3) {
    parts.push_back(given.requantized(given.dequantized(i), 0, type_of(given, 1)));
  }
  return {concat(parts, node.attributes.integer("axis")).id()};
}

// Up to opset 12 Softmax takes all axes from `axis` on for one.
std::vector<ValueId> expand_softmax(Builder& builder, const Node& node, Inputs inputs) {
  const QuantizedOperands given{builder, inputs};
  const Expr x = given.dequantized(0);
  const int64_t axis = node.attributes.integer("axis");
  if (node.attributes.integer("opset") >= 13) {
    const Expr y = x.apply("Softmax", {}, {{"axis", axis}});
    return {given.requantized(y, 3, type_of(given)).id()};
  }
  const Expr matrix = x.apply("Flatten", {}, {{"axis", normalized_axis(axis, x.rank())}});
  const Expr y = matrix.apply("Softmax", {}, {{"axis", int64_t{1}}});
  return {given.requantized(reshape_as(y, x), 3, type_of(given)).id()};
}

std::vector<ValueId> expand_reduce_mean(Builder& builder, const Node& node, Inputs inputs) {
  const QuantizedOperands given{builder, inputs};
  const Expr y = reduce_mean(given.dequantized(0), node.attributes.integers("axes"),
                             node.attributes.flag("keepdims"));
  return {given.requantized(y, 3, type_of(given)).id()};
}

std::vector<ValueId> expand_where(Builder& builder, const Node&, Inputs inputs) {
  const QuantizedOperands given{builder, inputs};
  const auto requantized = [&](size_t i) {
    return given.requantized(given.dequantized(i), 7, type_of(given, 1));
  };
  return {where(given.at(0), requantized(1), requantized(4)).id()};
}

// The same as ONNX's operators; without an axis there is one scale.
std::vector<ValueId> expand_same(Builder& builder, const Node& node, Inputs inputs) {
  NodeSpec spec;
  spec.op = node.op->name;
  spec.inputs = {inputs.begin(), inputs.end()};
  spec.attributes = node.attributes;
  return builder.emit(std::move(spec));
}

std::vector<ValueId> expand_conv(Builder& builder, const Node& node, Inputs inputs) {
  NodeSpec spec;
  spec.op = "QLinearConv";
  spec.inputs = {inputs.begin(), inputs.end()};
  spec.attributes = node.attributes;
  spec.attributes.erase("channels_last");
  const bool last = node.attributes.flag("channels_last");
  if (last) spec.inputs[0] = channels_first({builder, inputs[0]}).id();
  const Expr y(builder, builder.emit(std::move(spec))[0]);
  return {(last ? channels_last(y) : y).id()};
}

constexpr TypeSet kBytes = {DataType::kInt8, DataType::kUint8};
constexpr TypeSet kScaleTypes = {DataType::kFloat, DataType::kDouble};

OpRow quantized_row(std::string_view name, std::string_view signature, ExpandFunction expand,
                    std::vector<AttributeDef> attributes = {}) {
  return {.name = name,
          .signature = signature,
          .types = {{"T", kBytes}, {"F", kScaleTypes}},
          .attributes = std::move(attributes),
          .infer = infer_by_expansion,
          .expand = expand,
          .domain = kMicrosoftDomain};
}

std::vector<AttributeDef> conv_attributes() {
  std::vector<AttributeDef> attributes = window_definitions();
  attributes.push_back(defaulted("channels_last", int64_t{0}));
  return attributes;
}

std::vector<AttributeDef> pool_attributes() {
  return {
      defaulted("auto_pad", std::string("NOTSET")),   defaulted("ceil_mode", int64_t{0}),
      defaulted("channels_last", int64_t{0}),         defaulted("count_include_pad", int64_t{0}),
      required("kernel_shape", AttributeType::kInts), optional("pads", AttributeType::kInts),
      optional("strides", AttributeType::kInts)};
}

}  // namespace

std::vector<OpRow> microsoft_quantized_ops() {
  const AttributeDef channels_last = defaulted("channels_last", int64_t{0});
  const TypeSet steps =
      kBytes | TypeSet{DataType::kInt16, DataType::kUint16, DataType::kInt4, DataType::kUint4};
  constexpr std::string_view kBinary =
      "A:T, A_scale:F, A_zero_point:T?, B:T, B_scale:F, B_zero_point:T?, C_scale:F, "
      "C_zero_point:T? -> C:T";
  constexpr std::string_view kUnary =
      "X:T, X_scale:F, X_zero_point:T?, Y_scale:F, Y_zero_point:T? -> Y:T";
  return {
      quantized_row("QLinearAdd", kBinary, expand_add),
      quantized_row("QLinearMul", kBinary, expand_multiply),
      quantized_row("QLinearSigmoid", kUnary, expand_sigmoid),
      quantized_row("QLinearLeakyRelu", kUnary, expand_leaky_relu, {defaulted("alpha", 0.01F)}),
      quantized_row("QLinearAveragePool", kUnary, expand_pool, pool_attributes()),
      quantized_row("QLinearGlobalAveragePool",
                    "X:T, x_scale:F, x_zero_point:T, y_scale:F, y_zero_point:T -> Y:T", expand_pool,
                    {channels_last}),
      quantized_row(
          "QLinearSoftmax", "X:T, X_scale:F, x_zero_point:T?, y_scale:F, y_zero_point:T -> Y:T",
          expand_softmax, {defaulted("axis", int64_t{-1}), required("opset", AttributeType::kInt)}),
      quantized_row(
          "QLinearReduceMean",
          "data:T, data_scale:F, data_zero_point:T?, reduced_scale:F, reduced_zero_point:T? -> "
          "reduced:T",
          expand_reduce_mean,
          {required("axes", AttributeType::kInts), required("keepdims", AttributeType::kInt)}),
      quantized_row(
          "QLinearWhere",
          "condition:bool, X:T, x_scale:F, x_zero_point:T, Y:T, y_scale:F, y_zero_point:T, "
          "z_scale:F, z_zero_point:T -> Z:T",
          expand_where),
      {.name = "QLinearConcat",
       .signature = "Y_scale:F, Y_zero_point:T, inputs:TV~ -> Y:T",
       .types = {{"T", kBytes}, {"F", kScaleTypes}, {"TV", kBytes | kScaleTypes}},
       .attributes = {required("axis", AttributeType::kInt)},
       .infer = infer_by_expansion,
       .expand = expand_concat,
       .domain = kMicrosoftDomain},
      {.name = "QLinearConv",
       .signature = "x:T1, x_scale:F, x_zero_point:T1, w:T2, w_scale:F, w_zero_point:T2, "
                    "y_scale:F, y_zero_point:T3, B:int32? -> y:T3",
       .types = {{"F", kScaleTypes}, {"T1", kBytes}, {"T2", kBytes}, {"T3", kBytes}},
       .attributes = conv_attributes(),
       .infer = infer_by_expansion,
       .expand = expand_conv,
       .domain = kMicrosoftDomain},
      {.name = "QuantizeLinear",
       .signature = "x:T1, y_scale:T1, y_zero_point:T2? -> y:T2",
       .types = {{"T1", kFloatTypes}, {"T2", steps}},
       .attributes = {optional("axis", AttributeType::kInt)},
       .infer = infer_by_expansion,
       .expand = expand_same,
       .domain = kMicrosoftDomain},
      {.name = "DequantizeLinear",
       .signature = "x:T1, x_scale:T2, x_zero_point:T1? -> y:T2",
       .types = {{"T1", steps | TypeSet{DataType::kInt32}}, {"T2", kFloatTypes}},
       .attributes = {optional("axis", AttributeType::kInt)},
       .infer = infer_by_expansion,
       .expand = expand_same,
       .domain = kMicrosoftDomain},
  };
}

}  // namespace twingrad
