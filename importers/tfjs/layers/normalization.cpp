#include <numeric>

#include "importers/tfjs/layers/layer_row.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// Axis settings are one number, or a list of one.
int64_t axis_of(const LayerCall& call, int64_t rank) {
  const auto axis = call.config.find("axis");
  if (axis && axis->is_array() && axis->size() != 1) {
    fail_unsupported(axis->path(), ": several axes are not supported");
  }
  const int64_t one = !axis ? -1 : axis->is_array() ? axis->integers()[0] : axis->integer();
  return normalized_axis(one, rank);
}

Expr filled_as(Expr x, double value) {
  const Shape shape = x.shape().shape();
  return {x.builder(), x.builder().constant(Tensor::filled(x.element(), shape, value))};
}

// x with this axis in second place, as ONNX wants channels, and the way back.
std::vector<int64_t> moved_to_second(int64_t rank, int64_t axis) {
  std::vector<int64_t> order(static_cast<size_t>(rank));
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[1], order[static_cast<size_t>(axis)]);
  return order;
}

std::vector<KerasTensor> batch_normalization(LayerCall& call) {
  const Expr x = call.input(0);
  const int64_t axis = axis_of(call, x.rank());
  check(axis > 0, "normalizes along the batch");
  const auto gamma = call.weight_if("scale", "gamma");
  const auto beta = call.weight_if("center", "beta");
  const Expr mean = call.weight("moving_mean");
  const Expr variance = call.weight("moving_variance");
  const Attributes attributes{{"epsilon", static_cast<float>(call.config.real("epsilon", 1e-3))},
                              {"momentum", static_cast<float>(call.config.real("momentum", 0.99))}};
  const auto order = moved_to_second(x.rank(), axis);
  const Expr first = axis == 1 ? x : transpose(x, order);
  const Expr y = first.apply(
      "BatchNormalization",
      {gamma ? *gamma : filled_as(mean, 1), beta ? *beta : filled_as(mean, 0), mean, variance},
      attributes);
  return {{axis == 1 ? y : transpose(y, order)}};
}

// Over one or several axes, whose extents the weights have.
std::vector<KerasTensor> layer_normalization(LayerCall& call) {
  const Expr x = call.input(0);
  std::vector<int64_t> axes = {-1};
  if (const auto axis = call.config.find("axis")) {
    axes = axis->is_array() ? axis->integers() : std::vector{axis->integer()};
  }
  std::vector<int64_t> shape(static_cast<size_t>(x.rank()), 1);
  for (int64_t& axis : axes) {
    axis = normalized_axis(axis, x.rank());
    if (x.shape()[axis].known()) shape[static_cast<size_t>(axis)] = x.shape()[axis].extent;
  }
  const Expr centred = x - reduce_mean(x, axes, true);
  const Expr variance = reduce_mean(square(centred), axes, true);
  Expr y = centred * reciprocal(sqrt(variance + call.config.real("epsilon", 1e-3)));
  if (const auto gamma = call.weight_if("scale", "gamma")) y = y * reshape(*gamma, shape);
  if (const auto beta = call.weight_if("center", "beta")) y = y + reshape(*beta, shape);
  return {{y}};
}

std::vector<KerasTensor> unit_normalization(LayerCall& call) {
  const Expr x = call.input(0);
  const std::vector<int64_t> axes = {axis_of(call, x.rank())};
  const Expr squares = reduce_sum(square(x), axes, true);
  return {{x * reciprocal(sqrt(squares.apply("Max", {x.like(1e-12)})))}};
}

// Channels in groups; each group of an example by its own mean and variance.
std::vector<KerasTensor> group_normalization(LayerCall& call) {
  const Expr x = call.input(0);
  const int64_t axis = axis_of(call, x.rank());
  const Dimension& channels = x.shape()[axis];
  if (axis != x.rank() - 1 || !channels.known()) {
    fail_unsupported("groups along axis ", axis, " of ", x.type(), " are not supported");
  }
  const int64_t wanted = call.config.integer("groups", 32);
  const int64_t groups = wanted == -1 ? channels.extent : wanted;
  check(groups > 0 && channels.extent % groups == 0, groups, " groups do not divide ", x.type());
  const Expr front = slice(shape_of(x), 0, 0, x.rank() - 1);
  const Expr split =
      concat(std::vector<Expr>{front, x.integers({groups, channels.extent / groups})}, 0);
  const Expr grouped = reshape(x, split);
  std::vector<int64_t> axes;
  for (int64_t k = 1; k <= x.rank(); ++k) {
    if (k != x.rank() - 1) axes.push_back(k);
  }
  const Expr centred = grouped - reduce_mean(grouped, axes, true);
  const Expr variance = reduce_mean(square(centred), axes, true);
  const Expr scale = reciprocal(sqrt(variance + call.config.real("epsilon", 1e-3)));
  Expr y = reshape_as(centred * scale, x);
  if (const auto gamma = call.weight_if("scale", "gamma")) y = y * *gamma;
  if (const auto beta = call.weight_if("center", "beta")) y = y + *beta;
  return {{y}};
}

const LayerRow kNormalizationRows[] = {
    {"BatchNormalization", batch_normalization},
    {"GroupNormalization", group_normalization},
    {"LayerNormalization", layer_normalization},
    {"UnitNormalization", unit_normalization},
};

}  // namespace

std::span<const LayerRow> normalization_layers() {
  return kNormalizationRows;
}

}  // namespace twingrad
