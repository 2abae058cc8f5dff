#include "importers/tfjs/formulas/activation.h"

#include "importers/tfjs/layers/layer_row.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// f(x) = max_value above it, x from the threshold up to there, negative_slope * (x - threshold)
// below.
std::vector<KerasTensor> relu(LayerCall& call) {
  const Expr x = call.input(0);
  const double slope = call.config.real("negative_slope", 0);
  const double threshold = call.config.real("threshold", 0);
  const bool bounded = call.config.has("max_value");
  if (slope == 0 && threshold == 0) {
    if (!bounded) return {{x.apply("Relu")}};
    const double most = call.config.real("max_value");
    if (most == 6) return {{relu6(x)}};
    return {{x.apply("Clip", {x.like(0), x.like(most)})}};
  }
  Expr above = x;
  if (bounded) above = above.apply("Min", {x.like(call.config.real("max_value"))});
  if (threshold == 0)
    return {{above.apply("LeakyRelu", {}, {{"alpha", static_cast<float>(slope)}})}};
  return {{where(x >= x.like(threshold), above, (x - threshold) * slope)}};
}

std::vector<KerasTensor> leaky_relu(LayerCall& call) {
  const char* const key = call.config.has("negative_slope") ? "negative_slope" : "alpha";
  const auto alpha = static_cast<float>(call.config.real(key, 0.3));
  return {{call.input(0).apply("LeakyRelu", {}, {{"alpha", alpha}})}};
}

std::vector<KerasTensor> prelu(LayerCall& call) {
  return {{call.input(0).apply("PRelu", {call.weight("alpha")})}};
}

std::vector<KerasTensor> elu(LayerCall& call) {
  const auto alpha = static_cast<float>(call.config.real("alpha", 1));
  return {{call.input(0).apply("Elu", {}, {{"alpha", alpha}})}};
}

std::vector<KerasTensor> thresholded_relu(LayerCall& call) {
  const auto alpha = static_cast<float>(call.config.real("theta", 1));
  return {{call.input(0).apply("ThresholdedRelu", {}, {{"alpha", alpha}})}};
}

std::vector<KerasTensor> softmax(LayerCall& call) {
  const auto axis = call.config.find("axis");
  int64_t one = -1;
  if (axis && axis->is_array()) {
    if (axis->size() != 1) fail_unsupported(axis->path(), ": several axes are not supported");
    one = axis->integers().front();
  } else if (axis) {
    one = axis->integer();
  }
  if (call.mask(0)) fail_unsupported("a mask is not supported here");
  return {{call.input(0).apply("Softmax", {}, {{"axis", one}})}};
}

const LayerRow kActivationRows[] = {
    {"ELU", elu},   {"LeakyReLU", leaky_relu}, {"PReLU", prelu},
    {"ReLU", relu}, {"Softmax", softmax},      {"ThresholdedReLU", thresholded_relu},
};

}  // namespace

std::span<const LayerRow> activation_layers() {
  return kActivationRows;
}

}  // namespace twingrad
