#include "importers/tfjs/layers/layer_row.h"
#include "importers/tfjs/layers/layer_window.h"
#include "ir/error.h"

namespace twingrad {
namespace {

template <size_t rank>
std::vector<KerasTensor> conv(LayerCall& call) {
  const Window window = convolution_window(call, rank);
  const Expr kernel = call.weight("kernel");
  const auto bias = call.weight_if("use_bias", "bias");
  return {{call.activated(convolution(call.input(0), kernel, bias, window))}};
}

template <size_t rank>
std::vector<KerasTensor> depthwise(LayerCall& call) {
  const Window window = convolution_window(call, rank);
  const Expr kernel = call.weight("depthwise_kernel");
  const auto bias = call.weight_if("use_bias", "bias");
  return {{call.activated(depthwise_convolution(call.input(0), kernel, bias, window))}};
}

// A depthwise convolution, then one of single points.
template <size_t rank>
std::vector<KerasTensor> separable(LayerCall& call) {
  const Window window = convolution_window(call, rank);
  const Expr depthwise_part = call.weight("depthwise_kernel");
  const Expr pointwise_part = call.weight("pointwise_kernel");
  const auto bias = call.weight_if("use_bias", "bias");
  Window point;
  point.strides.assign(rank, 1);
  point.channels_last = window.channels_last;
  const Expr x = depthwise_convolution(call.input(0), depthwise_part, std::nullopt, window);
  return {{call.activated(convolution(x, pointwise_part, bias, point))}};
}

template <size_t rank>
std::vector<KerasTensor> conv_transpose(LayerCall& call) {
  const Window window = convolution_window(call, rank);
  if (call.config.has("output_padding")) {
    fail_unsupported("the setting 'output_padding' is not supported");
  }
  const Expr kernel = call.weight("kernel");
  const auto bias = call.weight_if("use_bias", "bias");
  const Expr y = transposed_convolution(call.input(0), kernel, bias, window,
                                        std::vector<std::optional<int64_t>>(rank));
  return {{call.activated(y)}};
}

const LayerRow kConvolutionRows[] = {
    {"Conv1D", conv<1>, Masking::kStop},
    {"Conv1DTranspose", conv_transpose<1>, Masking::kStop},
    {"Conv2D", conv<2>, Masking::kStop},
    {"Conv2DTranspose", conv_transpose<2>, Masking::kStop},
    {"Conv3D", conv<3>, Masking::kStop},
    {"Conv3DTranspose", conv_transpose<3>, Masking::kStop},
    {"DepthwiseConv1D", depthwise<1>, Masking::kStop},
    {"DepthwiseConv2D", depthwise<2>, Masking::kStop},
    {"SeparableConv1D", separable<1>, Masking::kStop},
    {"SeparableConv2D", separable<2>, Masking::kStop},
};

}  // namespace

std::span<const LayerRow> convolution_layers() {
  return kConvolutionRows;
}

}  // namespace twingrad
