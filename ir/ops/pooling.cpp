#include "ir/error.h"
#include "ir/infer.h"
#include "ir/ops/pooling_expansion.h"
#include "ir/ops/tables.h"
#include "ir/sliding_window.h"

namespace twingrad {
namespace {

SlidingWindow pooling_window(const InferContext& context) {
  SlidingWindow window =
      read_sliding_window(context.attributes(), context.attributes().integers("kernel_shape"));
  for (const WindowAxis& axis : window.axes) {
    check(axis.pad_begin < axis.reach() && axis.pad_end < axis.reach(), "pads ", axis.pad_begin,
          " and ", axis.pad_end, " are not smaller than the window, which spans ", axis.reach());
  }
  return window;
}

void infer_pool(InferContext& context) {
  const SlidingWindow window = pooling_window(context);
  const PartialShape* data = context.shape(0);
  if (data == nullptr) return;
  check(data->rank() == static_cast<int64_t>(window.rank()) + 2, "a kernel of ", window.rank(),
        " axes for an input of shape ", *data);
  PartialShape result{(*data)[0], (*data)[1]};
  for (size_t i = 0; i < window.rank(); ++i) {
    result.append(window_count(window, i, (*data)[static_cast<int64_t>(i) + 2]));
  }
  for (size_t i = 0; i < context.output_count(); ++i) context.set_shape(i, result);
}

void infer_max_pool_gradient(InferContext& context) {
  pooling_window(context);
  infer_same_as_first(context);
}

void infer_average_pool_gradient(InferContext& context) {
  pooling_window(context);
  if (const auto extents = context.contents(1)) {
    for (const Dimension& dim : *extents) {
      check(!dim.known() || dim.extent >= 0, "negative dimension in shape ", *extents);
    }
    context.set_shape(0, *extents);
  } else if (const PartialShape* shape = context.shape(0)) {
    context.set_shape(0, PartialShape(std::vector<Dimension>(static_cast<size_t>(shape->rank()))));
  }
}

void infer_global_pool(InferContext& context) {
  const PartialShape* data = context.shape(0);
  if (data == nullptr) return;
  check(data->rank() >= 2, "the input must have at least 2 axes, its shape is ", *data);
  PartialShape result{(*data)[0], (*data)[1]};
  for (int64_t axis = 2; axis < data->rank(); ++axis) result.append(Dimension(1));
  context.set_shape(0, std::move(result));
}

std::vector<AttributeDef> window_definitions(std::vector<AttributeDef> more = {}) {
  std::vector<AttributeDef> all = {
      defaulted("auto_pad", std::string("NOTSET")), defaulted("ceil_mode", int64_t{0}),
      optional("dilations", AttributeType::kInts),  required("kernel_shape", AttributeType::kInts),
      optional("pads", AttributeType::kInts),       optional("strides", AttributeType::kInts)};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

OpRow global_pool(std::string_view name, ExpandFunction expand) {
  return {.name = name,
          .signature = "X:T -> Y:T",
          .types = {{"T", kFloatTypes}},
          .op_class = OpClass::kReduction,
          .infer = infer_global_pool,
          .expand = expand};
}

OpRow pool(std::string_view name, std::string_view signature, TypeSet types,
           std::vector<AttributeDef> attributes) {
  return {.name = name,
          .signature = signature,
          .types = {{"T", types}},
          .attributes = std::move(attributes),
          .op_class = OpClass::kReduction,
          .infer = infer_pool};
}

}  // namespace

std::vector<OpRow> pooling_ops() {
  const AttributeDef count_pads = defaulted("count_include_pad", int64_t{0});
  return {
      pool("MaxPool", "X:T -> Y:T, Indices:int64?",
           kFloatTypes | TypeSet{DataType::kInt8, DataType::kUint8},
           window_definitions({defaulted("storage_order", int64_t{0})})),
      pool("AveragePool", "X:T -> Y:T", kFloatTypes, window_definitions({count_pads})),
      global_pool("GlobalAveragePool", expand_global_average_pool),
      global_pool("GlobalMaxPool", nullptr),
      // The first maximum of a window, in row-major order, takes all of the window's gradient.
      {.name = "MaxPoolGradient",
       .signature = "X:T, dY:T -> dX:T",
       .types = {{"T", kFloatTypes}},
       .attributes = window_definitions(),
       .infer = infer_max_pool_gradient,
       .expand = expand_max_pool_gradient,
       .domain = kInternalDomain},
      {.name = "AveragePoolGradient",
       .signature = "dY:T, input_shape:int64 -> dX:T",
       .types = {{"T", kFloatTypes}},
       .attributes = window_definitions({count_pads}),
       .infer = infer_average_pool_gradient,
       .expand = expand_average_pool_gradient,
       .domain = kInternalDomain},
  };
}

}  // namespace twingrad
