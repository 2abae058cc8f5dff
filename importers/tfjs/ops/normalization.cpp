#include <limits>

#include "importers/tfjs/formulas/window.h"
#include "importers/tfjs/ops/op_row.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// With the statistics of x itself, of each channel.
Expr normalized_by_itself(const OpCall& call, bool channels_last, double epsilon) {
  const Expr x = call.input(0);
  const int64_t channel = channels_last ? x.rank() - 1 : 1;
  std::vector<int64_t> others;
  std::vector<int64_t> shape(static_cast<size_t>(x.rank()), 1);
  shape[static_cast<size_t>(channel)] = -1;
  for (int64_t axis = 0; axis < x.rank(); ++axis) {
    if (axis != channel) others.push_back(axis);
  }
  const Expr centred = x - reduce_mean(x, others, true);
  const Expr scale = reciprocal(sqrt(reduce_mean(square(centred), others, true) + epsilon));
  return centred * scale * reshape(call.input(1), shape) + reshape(call.input(2), shape);
}

// x, scale, offset, mean, variance. Only the result itself: what follows are statistics.
std::vector<Expr> fused_batch_norm(const OpCall& call) {
  const bool last = call.attributes.text("data_format", "NHWC") != "NCHW";
  const double epsilon = call.attributes.real("epsilon", 1e-4);
  if (call.attributes.flag("is_training", true)) {
    return {normalized_by_itself(call, last, epsilon)};
  }
  const Expr x = channels_first(call.input(0), last);
  const Expr y =
      x.apply("BatchNormalization", {call.input(1), call.input(2), call.input(3), call.input(4)},
              {{"epsilon", static_cast<float>(epsilon)}});
  return {channels_back(y, last)};
}

// TensorFlow's alpha is for one element, ONNX's for the whole window.
std::vector<Expr> lrn(const OpCall& call) {
  const int64_t radius = call.attributes.integer("depth_radius", 5);
  check(radius >= 0 && radius <= INT32_MAX, "attribute 'depth_radius' is ", radius);
  const int64_t size = 2 * radius + 1;
  const double alpha = call.attributes.real("alpha", 1) * static_cast<double>(size);
  const Expr y = channels_first(call.input(0), true)
                     .apply("LRN", {},
                            {{"size", size},
                             {"bias", static_cast<float>(call.attributes.real("bias", 1))},
                             {"alpha", static_cast<float>(alpha)},
                             {"beta", static_cast<float>(call.attributes.real("beta", 0.5))}});
  return {channels_back(y, true)};
}

const TfOpRow kNormalizationRows[] = {
    {"FusedBatchNorm", {}, fused_batch_norm, "y,batch_mean,batch_variance"},
    {"FusedBatchNormV2", {}, fused_batch_norm, "y,batch_mean,batch_variance"},
    {"FusedBatchNormV3", {}, fused_batch_norm, "y,batch_mean,batch_variance"},
    {"LRN", {}, lrn},
    {"LogSoftmax", "LogSoftmax"},
    {"Softmax", "Softmax"},
};

}  // namespace

std::span<const TfOpRow> normalization_op_rows() {
  return kNormalizationRows;
}

}  // namespace twingrad
