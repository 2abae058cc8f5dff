#include <array>

#include "importers/pt2/ops/families.h"
#include "importers/pt2/ops/formulas.h"
#include "ir/error.h"

namespace twingrad::aten {
namespace {

Expr input(Call c) {
  return c.tensor("input");
}

float epsilon(Call c) {
  return static_cast<float>(c.real("eps"));
}

// A scale or shift for each channel; what is absent is ones or zeros.
Expr channel_values(Call c, std::string_view name, Expr x, double value) {
  if (const auto given = c.optional(name)) return *given;
  return filled(as_vector(extent_along(x, 1)), x.element(), value);
}

std::vector<int64_t> but_channels(Expr x) {
  std::vector<int64_t> axes = all_axes(x.rank());
  axes.erase(axes.begin() + 1);
  return axes;
}

// [channels] so that it broadcasts against x.
Expr along_channels(Expr values, Expr x) {
  std::vector<int64_t> axes;
  for (int64_t axis = 1; axis < x.rank() - 1; ++axis) axes.push_back(axis);
  return unsqueeze(values, axes);
}

struct Normalized {
  Expr y;
  Expr mean;
  Expr inverse_deviation;
};

// By its own mean and variance along the axes.
Normalized standardized(Expr x, std::span<const int64_t> axes, double eps) {
  const Expr mean = reduce_mean(x, axes, true);
  const Expr centered = x - mean;
  const Expr variance = reduce_mean(square(centered), axes, true);
  const Expr inverse = reciprocal(sqrt(variance + eps));
  return {centered * inverse, mean, inverse};
}

// Batch statistics, of which nobody keeps a running mean.
AtenResults batch_norm_alone(Call c) {
  const Expr x = input(c);
  const std::vector<int64_t> axes = but_channels(x);
  const Normalized n = standardized(x, axes, c.real("eps"));
  Expr y = n.y;
  if (const auto scale = c.optional("weight")) y = y * along_channels(*scale, x);
  if (const auto shift = c.optional("bias")) y = y + along_channels(*shift, x);
  return {y, squeeze(n.mean, axes), squeeze(n.inverse_deviation, axes)};
}

AtenResults batch_norm_fixed(Call c) {
  const Expr x = input(c);
  const Expr mean = c.tensor("running_mean");
  const Expr variance = c.tensor("running_var");
  const Expr y =
      x.apply("BatchNormalization",
              {channel_values(c, "weight", x, 1), channel_values(c, "bias", x, 0), mean, variance},
              {{"epsilon", epsilon(c)}});
  // PyTorch saves nothing of these in evaluation.
  const Expr nothing = c.constant(Tensor::zeros(x.element(), {0}));
  return {y, nothing, nothing, mean, variance};
}

// The new running statistics are PyTorch's: of the variance the unbiased one.
AtenResults batch_norm_training(Call c) {
  const Expr x = input(c);
  const Expr mean = c.tensor("running_mean");
  const Expr variance = c.tensor("running_var");
  const double momentum = c.real("momentum");
  const std::vector<ValueId> made =
      c.builder().emit({.op = "BatchNormalization",
                        .inputs = {x.id(), channel_values(c, "weight", x, 1).id(),
                                   channel_values(c, "bias", x, 0).id(), mean.id(), variance.id()},
                        .attributes = {{"epsilon", epsilon(c)},
                                       {"momentum", static_cast<float>(1 - momentum)},
                                       {"training_mode", int64_t{1}}},
                        .output_count = 3});
  if (c.result_count() == 1) return Expr(c.builder(), made[0]);
  const std::vector<int64_t> axes = but_channels(x);
  const Normalized n = standardized(x, axes, c.real("eps"));
  const Expr count = count_along(x, axes, x.element());
  const Expr spread = reduce_sum(square(x - n.mean), axes, false) / (count - 1);
  const Expr batch_mean = squeeze(n.mean, axes);
  return {Expr(c.builder(), made[0]), batch_mean, squeeze(n.inverse_deviation, axes),
          mean * (1 - momentum) + batch_mean * momentum,
          variance * (1 - momentum) + spread * momentum};
}

AtenResults batch_norm(Call c) {
  const bool training = c.flag("training");
  if (!c.optional("running_mean")) {
    check(training, "running statistics are missing");
    return batch_norm_alone(c);
  }
  return training ? batch_norm_training(c) : batch_norm_fixed(c);
}

AtenResults instance_norm(Call c) {
  const Expr x = input(c);
  if (!c.flag("use_input_stats")) return batch_norm_fixed(c);
  std::vector<int64_t> axes = all_axes(x.rank());
  axes.erase(axes.begin(), axes.begin() + 2);
  Expr y = standardized(x, axes, c.real("eps")).y;
  if (const auto scale = c.optional("weight")) y = y * along_channels(*scale, x);
  if (const auto shift = c.optional("bias")) y = y + along_channels(*shift, x);
  return y;
}

AtenResults layer_norm(Call c) {
  const Expr x = input(c);
  const auto count = static_cast<int64_t>(c.numbers("normalized_shape").size());
  std::vector<ValueId> inputs = {x.id()};
  const auto scale = c.optional("weight");
  const auto shift = c.optional("bias");
  inputs.push_back(scale ? scale->id()
                         : filled(c.extents("normalized_shape"), x.element(), 1).id());
  if (shift) inputs.push_back(shift->id());
  const Expr y(c.builder(), c.builder().emit_one("LayerNormalization", std::move(inputs),
                                                 {{"axis", -count}, {"epsilon", epsilon(c)}}));
  if (c.result_count() == 1) return y;
  std::vector<int64_t> axes;
  for (int64_t axis = x.rank() - count; axis < x.rank(); ++axis) axes.push_back(axis);
  const Normalized n = standardized(x, axes, c.real("eps"));
  return {y, n.mean, n.inverse_deviation};
}

Expr rms_norm(Call c) {
  const Expr x = input(c);
  const auto count = static_cast<int64_t>(c.numbers("normalized_shape").size());
  std::vector<int64_t> axes;
  for (int64_t axis = x.rank() - count; axis < x.rank(); ++axis) axes.push_back(axis);
  double eps = x.element() == DataType::kDouble ? std::numeric_limits<double>::epsilon()
                                                : std::numeric_limits<float>::epsilon();
  if (!c.is_none("eps")) eps = c.real("eps");
  const Expr y = x * reciprocal(sqrt(reduce_mean(square(x), axes, true) + eps));
  const auto scale = c.optional("weight");
  return scale ? y * *scale : y;
}

// x as [examples, groups, the rest], which is normalized.
AtenResults group_norm_of(Call c, int64_t groups) {
  const Expr x = input(c);
  check(groups > 0, groups, " groups");
  const std::array parts = {as_vector(extent_along(x, 0)), x.integers({groups, -1})};
  const Expr grouped = reshape(x, concat(parts, 0));
  const std::array axes = {int64_t{2}};
  const Normalized n = standardized(grouped, axes, c.real("eps"));
  Expr y = reshape_as(n.y, x);
  if (const auto scale = c.optional("weight")) y = y * along_channels(*scale, x);
  if (const auto shift = c.optional("bias")) y = y + along_channels(*shift, x);
  return {y, squeeze(n.mean, axes), squeeze(n.inverse_deviation, axes)};
}

}  // namespace

std::vector<AtenRow> normalization_rows() {
  return {
      {"aten.batch_norm.default",
       "input, weight, bias, running_mean, running_var, training, momentum, eps, "
       "cudnn_enabled=True",
       batch_norm},
      {"aten._native_batch_norm_legit.default aten._native_batch_norm_legit_functional.default "
       "aten.native_batch_norm.default",
       "input, weight, bias, running_mean, running_var, training, momentum, eps", batch_norm},
      {"aten._native_batch_norm_legit.no_stats", "input, weight, bias, training, momentum, eps",
       batch_norm_alone},
      {"aten._native_batch_norm_legit_no_training.default",
       "input, weight, bias, running_mean, running_var, momentum, eps", batch_norm_fixed},
      {"aten.instance_norm.default",
       "input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps, "
       "cudnn_enabled=True",
       instance_norm},
      {"aten.layer_norm.default",
       "input, normalized_shape, weight=None, bias=None, eps=1e-05, cudnn_enable=True", layer_norm},
      {"aten.native_layer_norm.default", "input, normalized_shape, weight, bias, eps", layer_norm},
      {"aten.rms_norm.default", "input, normalized_shape, weight=None, eps=None", rms_norm},
      {"aten.group_norm.default",
       "input, num_groups, weight=None, bias=None, eps=1e-05, cudnn_enabled=True",
       [](Call c) { return group_norm_of(c, c.integer("num_groups")); }},
      {"aten.native_group_norm.default", "input, weight, bias, N, C, HxW, group, eps",
       [](Call c) { return group_norm_of(c, c.integer("group")); }},
  };
}

}  // namespace twingrad::aten
