#include <limits>

#include "importers/tfjs/formulas/window.h"
#include "importers/tfjs/ops/op_row.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// x, scale, offset, mean, variance. Only the result itself: statistics of a batch belong to
// training.
std::vector<Expr> fused_batch_norm(const OpCall& call) {
  if (call.attributes.flag("is_training", true)) {
    fail_unsupported("a normalization in training mode is not supported");
  }
  const bool last = call.attributes.text("data_format", "NHWC") != "NCHW";
  const auto epsilon = static_cast<float>(call.attributes.real("epsilon", 1e-4));
  const Expr x = channels_first(call.input(0), last);
  const Expr y =
      x.apply("BatchNormalization", {call.input(1), call.input(2), call.input(3), call.input(4)},
              {{"epsilon", epsilon}});
  return {channels_back(y, last)};
}

// TensorFlow's alpha is for one element, ONNX's for the whole window.
std::vector<Expr> lrn(const OpCall& call) {
  const int64_t size = 2 * call.attributes.integer("depth_radius", 5) + 1;
  const double alpha = call.attributes.real("alpha", 1) * static_cast<double>(size);
  const Expr y = channels_first(call.input(0), true)
                     .apply("LRN", {},
                            {{"size", size},
                             {"bias", static_cast<float>(call.attributes.real("bias", 1))},
                             {"alpha", static_cast<float>(alpha)},
                             {"beta", static_cast<float>(call.attributes.real("beta", 0.5))}});
  return {channels_back(y, true)};
}

const TfOpRow kRows[] = {
    {"FusedBatchNorm", {}, fused_batch_norm, "y,batch_mean,batch_variance"},
    {"FusedBatchNormV2", {}, fused_batch_norm, "y,batch_mean,batch_variance"},
    {"FusedBatchNormV3", {}, fused_batch_norm, "y,batch_mean,batch_variance"},
    {"LRN", {}, lrn},
    {"LogSoftmax", "LogSoftmax"},
    {"Softmax", "Softmax"},
};

}  // namespace

std::span<const TfOpRow> normalization_op_rows() {
  return kRows;
}

}  // namespace twingrad
