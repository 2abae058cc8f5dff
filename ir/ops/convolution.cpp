#include <algorithm>

#include "ir/error.h"
#include "ir/infer.h"
#include "ir/ops/convolution_expansion.h"
#include "ir/ops/tables.h"
#include "ir/ops/window_definitions.h"
#include "ir/sliding_window.h"

namespace twingrad {
namespace {

// The extents of the kernel, from the attribute or the weight; nullopt while they are not known.
std::optional<std::vector<int64_t>> kernel_extents(const Attributes& attributes,
                                                   const PartialShape* weight) {
  std::optional<std::vector<int64_t>> extents;
  if (attributes.has("kernel_shape")) extents = attributes.integers("kernel_shape");
  if (weight == nullptr) return extents;
  check(weight->rank() >= 3, "the weight must have at least 3 axes, its shape is ", *weight);
  const auto rank = static_cast<size_t>(weight->rank() - 2);
  check(!extents || extents->size() == rank, "attribute 'kernel_shape' has the wrong length for ",
        "a weight of shape ", *weight);
  std::vector<int64_t> own;
  for (int64_t axis = 2; axis < weight->rank(); ++axis) {
    const Dimension& dim = (*weight)[axis];
    if (!dim.known()) return extents;
    check(!extents || (*extents)[static_cast<size_t>(axis - 2)] == dim.extent,
          "attribute 'kernel_shape' contradicts the weight of shape ", *weight);
    own.push_back(dim.extent);
  }
  return own;
}

int64_t group_of(const InferContext& context) {
  const int64_t group = context.attributes().integer("group");
  check(group >= 1, "attribute 'group' is ", group);
  return group;
}

void check_bias(const InferContext& context, const Dimension& channels) {
  const PartialShape* bias = context.shape(2);
  if (bias == nullptr) return;
  check(bias->rank() == 1 &&
            (!channels.known() || !(*bias)[0].known() || (*bias)[0].extent == channels.extent),
        "a bias of shape ", *bias, " for ", channels.extent, " channels");
}

void check_channels(const Dimension& given, const Dimension& wanted, int64_t factor,
                    const PartialShape& data, const PartialShape& weight) {
  check(!given.known() || !wanted.known() || given.extent == wanted.extent * factor,
        "an input of shape ", data, " for a weight of shape ", weight,
        factor == 1 ? "" : " in groups");
}

void append_windows(const InferContext& context, const PartialShape& data,
                    const std::optional<std::vector<int64_t>>& kernel, PartialShape& result) {
  if (kernel) {
    check(static_cast<int64_t>(kernel->size()) == data.rank() - 2, "a kernel of ", kernel->size(),
          " axes for an input of shape ", data);
  }
  for (int64_t axis = 2; axis < data.rank(); ++axis) {
    if (kernel) {
      const SlidingWindow window = read_sliding_window(context.attributes(), *kernel);
      result.append(window_count(window, static_cast<size_t>(axis - 2), data[axis]));
    } else {
      result.append(Dimension());
    }
  }
}

void infer_conv(InferContext& context) {
  const PartialShape* data = context.shape(0);
  const PartialShape* weight = context.shape(1);
  const int64_t group = group_of(context);
  const auto kernel = kernel_extents(context.attributes(), weight);
  if (data == nullptr) return;
  check(data->rank() >= 3, "the input must have at least 3 axes, its shape is ", *data);
  Dimension channels;
  if (weight != nullptr) {
    channels = (*weight)[0];
    check(weight->rank() == data->rank(), "an input of shape ", *data, " for a weight of shape ",
          *weight);
    check(!channels.known() || channels.extent % group == 0, channels.extent,
          " output channels in ", group, " groups");
    check_channels((*data)[1], (*weight)[1], group, *data, *weight);
  }
  check_bias(context, channels);
  PartialShape result{(*data)[0], channels};
  append_windows(context, *data, kernel, result);
  context.set_shape(0, std::move(result));
}

void infer_conv_transpose(InferContext& context) {
  const PartialShape* data = context.shape(0);
  const PartialShape* weight = context.shape(1);
  const int64_t group = group_of(context);
  const auto kernel = kernel_extents(context.attributes(), weight);
  if (data == nullptr) return;
  check(data->rank() >= 3, "the input must have at least 3 axes, its shape is ", *data);
  Dimension channels;
  if (weight != nullptr) {
    check(weight->rank() == data->rank(), "an input of shape ", *data, " for a weight of shape ",
          *weight);
    check_channels((*data)[1], (*weight)[0], 1, *data, *weight);
    check(!(*data)[1].known() || (*data)[1].extent % group == 0, (*data)[1].extent,
          " input channels in ", group, " groups");
    if ((*weight)[1].known()) channels = Dimension((*weight)[1].extent * group);
  }
  check_bias(context, channels);
  PartialShape result{(*data)[0], channels};
  std::vector<int64_t> spatial;
  for (int64_t axis = 2; axis < data->rank(); ++axis) {
    // Where the extent is not known, 1 stands for it and the result is not used.
    spatial.push_back((*data)[axis].known() ? (*data)[axis].extent : 1);
  }
  std::optional<TransposedWindow> window;
  const bool fixed = context.attributes().has("output_shape");
  if (kernel) window = resolved_transposed_window(context.attributes(), *kernel, spatial);
  for (int64_t axis = 2; axis < data->rank(); ++axis) {
    const bool known = window && ((*data)[axis].known() || fixed);
    result.append(known ? Dimension(window->output[static_cast<size_t>(axis - 2)]) : Dimension());
  }
  context.set_shape(0, std::move(result));
}

// The shape is the content of the last input; the others only have to fit.
void infer_gradient(InferContext& context) {
  group_of(context);
  if (const auto extents = context.contents(2)) {
    for (const Dimension& dim : *extents) {
      check(!dim.known() || dim.extent >= 0, "negative dimension in shape ", *extents);
    }
    context.set_shape(0, *extents);
  } else if (const PartialShape* shape = context.shape(0)) {
    context.set_shape(0, PartialShape(std::vector<Dimension>(static_cast<size_t>(shape->rank()))));
  }
}

OpRow gradient(std::string_view name, std::string_view signature, ExpandFunction expand) {
  return {.name = name,
          .signature = signature,
          .types = {{"T", kFloatTypes}},
          .attributes = window_definitions(),
          .op_class = OpClass::kContraction,
          .infer = infer_gradient,
          .expand = expand,
          .domain = kInternalDomain};
}

}  // namespace

std::vector<OpRow> convolution_ops() {
  std::vector<AttributeDef> transposed = window_definitions();
  transposed.push_back(optional("output_padding", AttributeType::kInts));
  transposed.push_back(optional("output_shape", AttributeType::kInts));
  return {
      {.name = "Conv",
       .signature = "X:T, W:T, B:T? -> Y:T",
       .types = {{"T", kFloatTypes}},
       .attributes = window_definitions(),
       .op_class = OpClass::kContraction,
       .infer = infer_conv},
      {.name = "ConvTranspose",
       .signature = "X:T, W:T, B:T? -> Y:T",
       .types = {{"T", kFloatTypes}},
       .attributes = std::move(transposed),
       .op_class = OpClass::kContraction,
       .infer = infer_conv_transpose},
      // The gradients of Conv with the same attributes: by X, given its shape, and by W.
      gradient("ConvInputGradient", "W:T, dY:T, input_shape:int64 -> dX:T",
               expand_conv_input_gradient),
      gradient("ConvWeightGradient", "X:T, dY:T, weight_shape:int64 -> dW:T",
               expand_conv_weight_gradient),
  };
}

}  // namespace twingrad
