#include "importers/tfjs/ops/fused_ops.h"
#include "importers/tfjs/ops/node_window.h"
#include "ir/error.h"

namespace twingrad {
namespace {

std::vector<Expr> conv2d(const OpCall& call) {
  return {convolution(call.input(0), call.input(1), std::nullopt, read_window(call, 2))};
}

std::vector<Expr> conv3d(const OpCall& call) {
  return {convolution(call.input(0), call.input(1), std::nullopt, read_window(call, 3))};
}

std::vector<Expr> fused_conv2d(const OpCall& call) {
  const FusedOps fused = read_fused_ops(call);
  const Expr y = convolution(call.input(0), call.input(1), fused.bias, read_window(call, 2));
  return {fused.activated(call, y)};
}

std::vector<Expr> depthwise(const OpCall& call) {
  return {depthwise_convolution(call.input(0), call.input(1), std::nullopt, read_window(call, 2))};
}

std::vector<Expr> fused_depthwise(const OpCall& call) {
  const FusedOps fused = read_fused_ops(call);
  const Expr y =
      depthwise_convolution(call.input(0), call.input(1), fused.bias, read_window(call, 2));
  return {fused.activated(call, y)};
}

// The inputs are the extents of the result, the filter and the image.
std::vector<Expr> conv2d_backprop_input(const OpCall& call) {
  const Window window = read_window(call, 2);
  const auto shape = call.builder().contents(call.input(0).id());
  std::vector<std::optional<int64_t>> output(2);
  const int64_t first = window.channels_last ? 1 : 2;
  for (int64_t axis = 0; axis < 2; ++axis) {
    const bool known = shape && shape->rank() == 4 && (*shape)[first + axis].known();
    if (known) output[static_cast<size_t>(axis)] = (*shape)[first + axis].extent;
  }
  return {transposed_convolution(call.input(2), call.input(1), std::nullopt, window, output)};
}

const TfOpRow kConvolutionRows[] = {
    {"Conv2D", {}, conv2d},
    {"_FusedConv2D", {}, fused_conv2d},
    {"DepthwiseConv2dNative", {}, depthwise},
    {"DepthwiseConv2d", {}, depthwise},
    {"FusedDepthwiseConv2dNative", {}, fused_depthwise},
    {"Conv2DBackpropInput", {}, conv2d_backprop_input},
    {"Conv3D", {}, conv3d},
};

}  // namespace

std::span<const TfOpRow> convolution_op_rows() {
  return kConvolutionRows;
}

}  // namespace twingrad
