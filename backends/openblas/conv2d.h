#pragma once

#include <cstdint>

#include "backends/openblas/matrix_kernels.h"
#include "backends/thread_pool.h"

namespace twingrad {

// A two-dimensional convolution of float32 in NCHW, as ONNX's Conv defines it (a correlation):
//   y[n, o, i, j] = bias[o] + sum over c, p, q of
//       w[o, c, p, q] * x[n, c, i * stride_h + p * dilation_h - pad_top, ...], zero outside of x.
// x is [batch, in_channels, in_h, in_w], w [out_channels, in_channels / groups, kernel_h,
// kernel_w], y [batch, out_channels, out_h, out_w], all dense. The pads at the end are implied by
// out_h, out_w.
struct Conv2d {
  int64_t batch = 1;
  int64_t in_channels = 1;
  int64_t in_h = 1;
  int64_t in_w = 1;
  int64_t out_channels = 1;
  int64_t out_h = 1;
  int64_t out_w = 1;
  int64_t kernel_h = 1;
  int64_t kernel_w = 1;
  int64_t stride_h = 1;
  int64_t stride_w = 1;
  int64_t dilation_h = 1;
  int64_t dilation_w = 1;
  int64_t pad_top = 0;
  int64_t pad_left = 0;
  int64_t groups = 1;
};

// Each of the three products needs a workspace of so many floats for a pool of `threads`; it grows
// with the threads and is bounded by blocks of the images, not by the batch. (Data gradient: also a
// transposed copy of the weights. Weight gradient: also a few partial sums of small weights.)
// Results depend on the shape and the processor, not on the number of threads.
int64_t conv2d_workspace(const Conv2d& conv, int threads);
int64_t conv2d_data_gradient_workspace(const Conv2d& conv, int threads);
int64_t conv2d_weight_gradient_workspace(const Conv2d& conv, int threads);

// y; bias may be null; with relu y is max(y, 0).
void conv2d(const Conv2d& conv, const float* x, const float* w, const float* bias, bool relu,
            float* y, ThreadPool& pool, float* workspace);

// dx from dy, the gradient of y. (It is also ONNX's ConvTranspose without bias.)
void conv2d_data_gradient(const Conv2d& conv, const float* dy, const float* w, float* dx,
                          ThreadPool& pool, float* workspace);

// dw from x and dy. The gradient of the bias is sum_channels(dy), see reductions.h.
void conv2d_weight_gradient(const Conv2d& conv, const float* x, const float* dy, float* dw,
                            ThreadPool& pool, float* workspace);

}  // namespace twingrad
