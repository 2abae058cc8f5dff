#include "ir/ops/normalization_expansion.h"

#include <numeric>

#include "ir/error.h"

namespace twingrad {
namespace {

std::vector<int64_t> axes_from(int64_t first, int64_t rank) {
  std::vector<int64_t> axes(static_cast<size_t>(rank - first));
  std::iota(axes.begin(), axes.end(), first);
  return axes;
}

double epsilon_of(const Node& node) {
  return static_cast<double>(node.attributes.real("epsilon"));
}

struct Normalized {
  Expr value;
  Expr mean;
  Expr variance;
  Expr inverse_deviation;
};

// Mean 0 and variance 1 over the axes; the statistics keep the axes as 1.
Normalized normalized(Expr x, std::span<const int64_t> axes, double epsilon) {
  const Expr mean = reduce_mean(x, axes, true);
  const Expr centered = x - mean;
  const Expr variance = reduce_mean(square(centered), axes, true);
  const Expr inverse_deviation = reciprocal(sqrt(variance + epsilon));
  return {centered * inverse_deviation, mean, variance, inverse_deviation};
}

// 16-bit floats compute in the stash type; double stays double, which ONNX's formula would round.
DataType stash_type(const Node& node, DataType element) {
  if (element == DataType::kDouble) return element;
  return static_cast<DataType>(node.attributes.integer("stash_type"));
}

}  // namespace

Expr over_channels(Expr vector, int64_t rank) {
  return rank <= 2 ? vector : unsqueeze(vector, axes_from(1, rank - 1));
}

std::vector<int64_t> axes_beside_channels(int64_t rank) {
  std::vector<int64_t> axes = axes_from(0, rank);
  if (rank > 1) axes.erase(axes.begin() + 1);
  return axes;
}

std::vector<ValueId> expand_batch_normalization(Builder& builder, const Node& node,
                                                std::span<const ValueId> inputs) {
  const Expr x(builder, inputs[0]);
  const Expr old_mean(builder, inputs[3]);
  const Expr old_variance(builder, inputs[4]);
  const DataType element = old_mean.element();
  const auto own = [&](size_t i) { return cast({builder, inputs[i]}, element).id(); };
  NodeSpec spec;
  spec.domain = kInternalDomain;
  spec.inputs = {own(0), own(1), own(2)};
  spec.attributes = {{"epsilon", node.attributes.real("epsilon")}};
  if (!node.attributes.flag("training_mode")) {
    spec.op = "BatchNormalizationInference";
    spec.inputs.push_back(inputs[3]);
    spec.inputs.push_back(inputs[4]);
    return {cast({builder, builder.emit(std::move(spec))[0]}, x.element()).id()};
  }
  spec.op = "BatchNormalizationTraining";
  spec.output_count = 4;
  const std::vector<ValueId> batch = builder.emit(std::move(spec));
  std::vector<ValueId> results = {cast({builder, batch[0]}, x.element()).id()};
  const auto momentum = static_cast<double>(node.attributes.real("momentum"));
  const auto running = [&](const Expr& old, ValueId fresh) {
    return (old * momentum + Expr(builder, fresh) * (1 - momentum)).id();
  };
  if (node.outputs.size() > 1) {
    results.push_back(node.outputs[1] == kNoValue ? kNoValue : running(old_mean, batch[1]));
  }
  if (node.outputs.size() > 2) {
    results.push_back(node.outputs[2] == kNoValue ? kNoValue : running(old_variance, batch[2]));
  }
  return results;
}

std::vector<ValueId> expand_batch_inference(Builder& builder, const Node& node,
                                            std::span<const ValueId> inputs) {
  const Expr x(builder, inputs[0]);
  const auto vector = [&](size_t i) { return Expr(builder, inputs[i]); };
  const Expr factor = vector(1) / sqrt(vector(4) + epsilon_of(node));
  const Expr centered = x - over_channels(vector(3), x.rank());
  return {(centered * over_channels(factor, x.rank()) + over_channels(vector(2), x.rank())).id()};
}

std::vector<ValueId> expand_batch_training(Builder& builder, const Node& node,
                                           std::span<const ValueId> inputs) {
  const Expr x(builder, inputs[0]);
  const Expr scale = over_channels({builder, inputs[1]}, x.rank());
  const Expr bias = over_channels({builder, inputs[2]}, x.rank());
  const std::vector<int64_t> axes = axes_beside_channels(x.rank());
  const Normalized batch = normalized(x, axes, epsilon_of(node));
  std::vector<ValueId> results = {(batch.value * scale + bias).id()};
  for (const Expr& statistic : {batch.mean, batch.variance, batch.inverse_deviation}) {
    const std::vector<int64_t> ones = x.rank() > 1 ? axes : std::vector<int64_t>();
    results.push_back(squeeze(statistic, ones).id());
  }
  return results;
}

// dX = scale / deviation * (dY - mean(dY) - x^ mean(dY x^)), where x^ is x normalised.
std::vector<ValueId> expand_batch_gradient(Builder& builder, const Node&,
                                           std::span<const ValueId> inputs) {
  const Expr x(builder, inputs[0]);
  const int64_t rank = x.rank();
  const Expr scale = over_channels({builder, inputs[1]}, rank);
  const Expr mean = over_channels({builder, inputs[2]}, rank);
  const Expr inverse = over_channels({builder, inputs[3]}, rank);
  const Expr dy(builder, inputs[4]);
  const std::vector<int64_t> axes = axes_beside_channels(rank);
  const Expr value = (x - mean) * inverse;
  const Expr inner = dy - reduce_mean(dy, axes, true) - value * reduce_mean(dy * value, axes, true);
  const bool keep = rank == 1;  // the one channel of a vector
  return {(scale * inverse * inner).id(), reduce_sum(dy * value, axes, keep).id(),
          reduce_sum(dy, axes, keep).id()};
}

std::vector<ValueId> expand_instance_normalization(Builder& builder, const Node& node,
                                                   std::span<const ValueId> inputs) {
  const Expr x(builder, inputs[0]);
  const Expr value = normalized(x, axes_from(2, x.rank()), epsilon_of(node)).value;
  return {(value * over_channels({builder, inputs[1]}, x.rank()) +
           over_channels({builder, inputs[2]}, x.rank()))
              .id()};
}

std::vector<ValueId> expand_layer_normalization(Builder& builder, const Node& node,
                                                std::span<const ValueId> inputs) {
  const Expr x(builder, inputs[0]);
  const int64_t axis = normalized_axis(node.attributes.integer("axis"), x.rank());
  const Expr wide = cast(x, stash_type(node, x.element()));
  const Normalized layer = normalized(wide, axes_from(axis, x.rank()), epsilon_of(node));
  Expr y = cast(layer.value, x.element()) * Expr(builder, inputs[1]);
  if (inputs.size() > 2 && inputs[2] != kNoValue) y = y + Expr(builder, inputs[2]);
  const auto stash = static_cast<DataType>(node.attributes.integer("stash_type"));
  std::vector<ValueId> results = {y.id()};
  for (const Expr& statistic : {layer.mean, layer.inverse_deviation}) {
    if (results.size() < node.outputs.size()) results.push_back(cast(statistic, stash).id());
  }
  return results;
}

std::vector<ValueId> expand_group_normalization(Builder& builder, const Node& node,
                                                std::span<const ValueId> inputs) {
  const Expr x(builder, inputs[0]);
  const int64_t groups = node.attributes.integer("num_groups");
  const Expr wide = cast(x, stash_type(node, x.element()));
  // A 0 copies the batch's extent, known or not.
  const Expr grouped = wide.apply("Reshape", {x.integers({0, groups, -1})});
  const std::vector<int64_t> axes = {2};
  const Expr value = reshape_as(normalized(grouped, axes, epsilon_of(node)).value, x);
  return {(cast(value, x.element()) * over_channels({builder, inputs[1]}, x.rank()) +
           over_channels({builder, inputs[2]}, x.rank()))
              .id()};
}

std::vector<ValueId> expand_rms_normalization(Builder& builder, const Node& node,
                                              std::span<const ValueId> inputs) {
  const Expr x(builder, inputs[0]);
  const Expr scale(builder, inputs[1]);
  const int64_t axis = normalized_axis(node.attributes.integer("axis"), x.rank());
  const Expr wide = cast(x, stash_type(node, x.element()));
  const Expr mean = reduce_mean(square(wide), axes_from(axis, x.rank()), true);
  const Expr value = wide / sqrt(mean + epsilon_of(node));
  return {(cast(value, scale.element()) * scale).id()};
}

}  // namespace twingrad
