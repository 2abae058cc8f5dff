#include "backends/openblas/conv2d.h"

#include "backends/openblas/conv2d_window.h"
#include "backends/openblas/window_product.h"

namespace twingrad {
namespace {

WindowProduct product_of(const Conv2d& conv, int64_t group, const float* x, const float* w,
                         const float* bias, bool relu, float* y) {
  const int64_t out_channels = conv.out_channels / conv.groups;
  WindowProduct product{};
  product.window = conv2d_window(conv, group, x);
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
