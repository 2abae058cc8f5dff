#include "backends/openblas/conv2d.h"

#include "backends/openblas/window_product.h"

namespace twingrad {
namespace {

WindowProduct product_of(const Conv2d& conv, int64_t group, const float* x, const float* w,
                         const float* bias, bool relu, float* y) {
  const int64_t in_channels = conv.in_channels / conv.groups;
  const int64_t out_channels = conv.out_channels / conv.groups;
  WindowProduct product{};
  product.window = {.source = x + group * in_channels * conv.in_h * conv.in_w,
                    .image_stride = conv.in_channels * conv.in_h * conv.in_w,
                    .height = conv.in_h,
                    .width = conv.in_w,
                    .images = conv.batch,
                    .channels = in_channels,
                    .grid_h = conv.out_h,
                    .grid_w = conv.out_w,
                    .stride_h = conv.stride_h,
                    .stride_w = conv.stride_w,
                    .taps_h = conv.kernel_h,
                    .taps_w = conv.kernel_w,
                    .first_h = -conv.pad_top,
                    .first_w = -conv.pad_left,
                    .step_h = conv.dilation_h,
                    .step_w = conv.dilation_w};
  product.weights = w + group * out_channels * product.window.steps();
  product.rows = out_channels;
  product.bias = bias == nullptr ? nullptr : bias + group * out_channels;
  product.relu = relu;
  product.out = y + group * out_channels * conv.out_h * conv.out_w;
  product.out_image = conv.out_channels * conv.out_h * conv.out_w;
  product.out_channel = conv.out_h * conv.out_w;
  product.out_width = conv.out_w;
  product.out_step_h = 1;
  product.out_step_w = 1;
  return product;
}

bool empty(const Conv2d& conv) {
  return conv.batch == 0 || conv.out_channels == 0 || conv.out_h == 0 || conv.out_w == 0;
}

}  // namespace

int64_t conv2d_workspace(const Conv2d& conv, int threads) {
  if (empty(conv)) return 0;
  const WindowProduct product = product_of(conv, 0, nullptr, nullptr, nullptr, false, nullptr);
  return threads * window_product_workspace(matrix_kernels(), product);
}

void conv2d(const Conv2d& conv, const float* x, const float* w, const float* bias, bool relu,
            float* y, ThreadPool& pool, float* workspace) {
  if (empty(conv)) return;
  const MatrixKernels& kernels = matrix_kernels();
  const WindowProduct any = product_of(conv, 0, x, w, bias, relu, y);
  const int64_t items = window_product_items(kernels, any);
  const int64_t worker_floats = window_product_workspace(kernels, any);
  pool.parallel_for(conv.groups * items, [&](int64_t item, int worker) {
    const WindowProduct product = product_of(conv, item / items, x, w, bias, relu, y);
    run_window_product_item(kernels, product, item % items, workspace + worker * worker_floats);
  });
}

}  // namespace twingrad
