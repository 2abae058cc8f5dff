#include "ir/error.h"
#include "ir/infer.h"
#include "ir/ops/normalization_expansion.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

Dimension channels_of(const PartialShape& data) {
  return data.rank() > 1 ? data[1] : Dimension(1);
}

void check_channels(const InferContext& context, size_t first, size_t last,
                    const PartialShape& data) {
  for (size_t i = first; i < last; ++i) {
    const PartialShape* shape = context.shape(i);
    if (shape == nullptr) continue;
    const Dimension channels = channels_of(data);
    check(shape->rank() == 1 &&
              (!(*shape)[0].known() || !channels.known() || (*shape)[0].extent == channels.extent),
          "input ", quoted_name(context.op().input(i)->name), " of shape ", *shape,
          " for data of shape ", data);
  }
}

// Inputs 1 to `last` and the outputs behind the first have one element a channel.
void infer_by_channel(InferContext& context, size_t last) {
  const PartialShape* data = context.shape(0);
  if (data == nullptr) return;
  check(data->rank() > 0, "a scalar cannot be normalised");
  check_channels(context, 1, last + 1, *data);
  context.set_shape(0, *data);
  for (size_t i = 1; i < context.output_count(); ++i) {
    context.set_shape(i, PartialShape{channels_of(*data)});
  }
}

void infer_batch_normalization(InferContext& context) {
  check(context.attributes().flag("training_mode") || context.output_count() == 1,
        "running statistics are put out only with training_mode");
  infer_by_channel(context, 4);
}
void infer_batch_inference(InferContext& context) {
  infer_by_channel(context, 4);
}
void infer_batch_training(InferContext& context) {
  infer_by_channel(context, 2);
}
void infer_batch_gradient(InferContext& context) {
  infer_by_channel(context, 3);
}

void infer_instance_normalization(InferContext& context) {
  const PartialShape* data = context.shape(0);
  if (data == nullptr) return;
  check(data->rank() >= 3, "the input must have at least 3 axes, its shape is ", *data);
  check_channels(context, 1, 3, *data);
  context.set_shape(0, *data);
}

void infer_layer_normalization(InferContext& context) {
  const PartialShape* data = context.shape(0);
  const int64_t stash = context.attributes().integer("stash_type");
  // ONNX has 1 and 16; a model in double has statistics in double.
  check(stash == 1 || stash == 16 || stash == 11,
        "attribute 'stash_type' must be 1, 11 or 16, found ", stash);
  for (size_t i = 1; i < context.output_count(); ++i) {
    context.set_element(i, static_cast<DataType>(stash));
  }
  if (data == nullptr) return;
  const int64_t axis = normalized_axis(context.attributes().integer("axis"), data->rank());
  context.set_shape(0, *data);
  PartialShape statistics;
  for (int64_t k = 0; k < data->rank(); ++k) {
    statistics.append(k < axis ? (*data)[k] : Dimension(1));
  }
  for (size_t i = 1; i < context.output_count(); ++i) context.set_shape(i, statistics);
}

void infer_group_normalization(InferContext& context) {
  const PartialShape* data = context.shape(0);
  const int64_t groups = context.attributes().integer("num_groups");
  check(groups >= 1, "attribute 'num_groups' is ", groups);
  if (data == nullptr) return;
  check(data->rank() >= 2, "the input must have at least 2 axes, its shape is ", *data);
  check(!(*data)[1].known() || (*data)[1].extent % groups == 0, (*data)[1].extent, " channels in ",
        groups, " groups");
  check_channels(context, 1, 3, *data);
  context.set_shape(0, *data);
}

AttributeDef epsilon() {
  return defaulted("epsilon", 1e-5F);
}

constexpr TypeSet kStashTypes = {DataType::kFloat, DataType::kBfloat16, DataType::kDouble};

OpRow composite(std::string_view name, std::string_view signature,
                std::vector<AttributeDef> attributes, InferFunction infer, ExpandFunction expand) {
  return {.name = name,
          .signature = signature,
          .types = {{"T", kFloatTypes}, {"U", kStashTypes}, {"V", kFloatTypes}},
          .attributes = std::move(attributes),
          .infer = infer,
          .expand = expand};
}

}  // namespace

std::vector<OpRow> normalization_ops() {
  const AttributeDef axis = defaulted("axis", int64_t{-1});
  const AttributeDef stash = defaulted("stash_type", int64_t{1});
  return {
      {.name = "BatchNormalization",
       .signature = "X:T, scale:T1, B:T1, input_mean:T2, input_var:T2 -> "
                    "Y:T, running_mean:T2?, running_var:T2?",
       .types = {{"T", kFloatTypes}, {"T1", kFloatTypes}, {"T2", kFloatTypes}},
       .attributes = {epsilon(), defaulted("momentum", 0.9F),
                      defaulted("training_mode", int64_t{0})},
       .infer = infer_batch_normalization,
       .expand = expand_batch_normalization},
      // The form without training_mode, all of one type.
      {.name = "BatchNormalizationInference",
       .signature = "X:T, scale:T, B:T, mean:T, variance:T -> Y:T",
       .types = {{"T", kFloatTypes}},
       .attributes = {epsilon()},
       .infer = infer_batch_inference,
       .expand = expand_batch_inference,
       .domain = kInternalDomain},
      // Normalises by the statistics of the batch; the variance divides by the number of elements.
      {.name = "BatchNormalizationTraining",
       .signature = "X:T, scale:T, B:T -> Y:T, mean:T, variance:T, inverse_deviation:T",
       .types = {{"T", kFloatTypes}},
       .attributes = {epsilon()},
       .infer = infer_batch_training,
       .expand = expand_batch_training,
       .domain = kInternalDomain},
      // By X, scale and bias, of Y alone: mean and inverse_deviation are those of the forward pass.
      {.name = "BatchNormalizationGradient",
       .signature = "X:T, scale:T, mean:T, inverse_deviation:T, dY:T -> dX:T, dscale:T, dB:T",
       .types = {{"T", kFloatTypes}},
       .infer = infer_batch_gradient,
       .expand = expand_batch_gradient,
       .domain = kInternalDomain},
      composite("InstanceNormalization", "input:T, scale:T, B:T -> output:T", {epsilon()},
                infer_instance_normalization, expand_instance_normalization),
      composite("LayerNormalization", "X:T, Scale:T, B:T? -> Y:T, Mean:U?, InvStdDev:U?",
                {axis, epsilon(), stash}, infer_layer_normalization, expand_layer_normalization),
      composite("GroupNormalization", "X:T, scale:T, bias:T -> Y:T",
                {epsilon(), required("num_groups", AttributeType::kInt), stash},
                infer_group_normalization, expand_group_normalization),
      composite("RMSNormalization", "X:T, scale:V -> Y:V", {axis, epsilon(), stash},
                infer_layer_normalization, expand_rms_normalization),
  };
}

}  // namespace twingrad
