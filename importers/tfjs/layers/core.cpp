#include "importers/tfjs/layers/layer_row.h"
#include "ir/error.h"

namespace twingrad {
namespace {

Expr as_float(Expr x) {
  return is_floating_point(x.element()) ? x : cast(x, DataType::kFloat);
}

std::vector<KerasTensor> dense(LayerCall& call) {
  Expr y = matmul(as_float(call.input(0)), call.weight("kernel"));
  if (const auto bias = call.weight_if("use_bias", "bias")) y = y + *bias;
  return {{call.activated(y)}};
}

std::vector<KerasTensor> same(LayerCall& call) {
  return {{call.input(0)}};
}

std::vector<KerasTensor> activation(LayerCall& call) {
  return {{call.activated(call.input(0))}};
}

// Kept as a node, so that a training run can drop.
std::vector<KerasTensor> dropout(LayerCall& call) {
  const Expr x = call.input(0);
  const auto shape = call.config.find("noise_shape");
  if (shape) fail_unsupported(shape->path(), ": a noise_shape is not supported");
  return {{x.apply("Dropout", {x.like(call.config.real("rate"))})}};
}

std::vector<KerasTensor> flatten(LayerCall& call) {
  Expr x = call.input(0);
  if (!call.channels_last() && x.rank() > 2) {
    std::vector<int64_t> order = {0};
    for (int64_t axis = 2; axis < x.rank(); ++axis) order.push_back(axis);
    order.push_back(1);
    x = transpose(x, order);
  }
  if (x.rank() == 1) return {{unsqueeze(x, std::vector<int64_t>{1})}};
  return {{x.apply("Flatten", {}, {{"axis", int64_t{1}}})}};
}

int64_t product(int64_t a, int64_t b) {
  const auto result = checked_product(a, b);
  check(result.has_value(), "the shape is too large");
  return *result;
}

// The batch stays; one extent may be -1.
std::vector<KerasTensor> reshaped(LayerCall& call) {
  const std::vector<int64_t> target = call.config.view().at("target_shape").integers();
  const Expr x = call.input(0);
  std::vector<int64_t> shape = {-1};
  int64_t known = 1;
  size_t open = 0;
  for (size_t i = 0; i < target.size(); ++i) {
    if (target[i] == -1) {
      open = i + 1;
    } else {
      check(target[i] >= 0, "the target shape has the entry ", target[i]);
      known = product(known, target[i]);
    }
    shape.push_back(target[i]);
  }
  if (open > 0) {
    int64_t count = 1;
    for (int64_t axis = 1; axis < x.rank(); ++axis) {
      if (!x.shape()[axis].known()) fail_unsupported("an extent is not known: ", x.type());
      count = product(count, x.shape()[axis].extent);
    }
    check(known > 0 && count % known == 0, "the target shape does not fit ", x.type());
    shape[open] = count / known;
  }
  return {{reshape(x, shape)}};
}

// Axes are counted from 1, behind the batch.
std::vector<KerasTensor> permute(LayerCall& call) {
  std::vector<int64_t> order = {0};
  for (const int64_t axis : call.config.view().at("dims").integers()) order.push_back(axis);
  return {{transpose(call.input(0), order)}};
}

std::vector<KerasTensor> repeat_vector(LayerCall& call) {
  const Expr x = unsqueeze(call.input(0), std::vector<int64_t>{1});
  return {{x.apply("Tile", {x.integers({1, call.config.integer("n"), 1})})}};
}

std::vector<KerasTensor> embedding(LayerCall& call) {
  Expr indices = call.input(0);
  std::optional<Expr> mask;
  if (call.config.flag("mask_zero", false)) {
    mask = logical_not(equal(indices, indices.like(0)));
  }
  if (!is_integer(indices.element())) indices = cast(indices, DataType::kInt32);
  return {{gather(call.weight("embeddings"), indices, 0), mask}};
}

// Steps of which every element is the mask value do not count, and become 0.
std::vector<KerasTensor> masking(LayerCall& call) {
  const Expr x = call.input(0);
  const std::vector<int64_t> last = {-1};
  const Expr differs =
      cast(logical_not(equal(x, x.like(call.config.real("mask_value", 0)))), DataType::kInt32);
  const Expr counts = differs.apply("ReduceMax", {x.integers(last)}, {{"keepdims", int64_t{1}}});
  const Expr kept = x * cast(counts, x.element());
  return {{kept, squeeze(cast(counts, DataType::kBool), last)}};
}

std::vector<KerasTensor> rescaling(LayerCall& call) {
  const auto number = [&call](std::string_view key, double fallback) {
    const auto value = call.config.find(key);
    if (value && !value->is_number()) {
      fail_unsupported(value->path(), ": a list is not supported");
    }
    return call.config.real(key, fallback);
  };
  const Expr x = as_float(call.input(0));
  return {{x * number("scale", 1) + number("offset", 0)}};
}

const LayerRow kCoreRows[] = {
    {"Dense", dense},
    {"Activation", activation},
    {"ActivityRegularization", same},
    {"AlphaDropout", same},
    {"Dropout", dropout},
    {"Embedding", embedding, Masking::kOwn},
    {"Flatten", flatten, Masking::kStop},
    {"GaussianDropout", same},
    {"GaussianNoise", same},
    {"Identity", same},
    {"Masking", masking, Masking::kOwn},
    {"Permute", permute, Masking::kStop},
    {"RepeatVector", repeat_vector, Masking::kStop},
    {"Rescaling", rescaling},
    {"Reshape", reshaped, Masking::kStop},
    {"SpatialDropout1D", same},
    {"SpatialDropout2D", same},
    {"SpatialDropout3D", same},
};

}  // namespace

std::span<const LayerRow> core_layers() {
  return kCoreRows;
}

}  // namespace twingrad
