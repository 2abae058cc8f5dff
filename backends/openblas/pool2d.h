#pragma once

#include <cstdint>

#include "backends/thread_pool.h"

namespace twingrad {

// Two-dimensional pooling of float32: `planes` (batch * channels) of in_h x in_w become planes of
// out_h x out_w. Output (i, j) sees the inputs i * stride_h + p * dilation_h - pad_top, ... for p
// in [0, kernel_h); those outside of the plane do not count. The pads at the end are implied.
struct Pool2d {
  int64_t planes = 1;
  int64_t in_h = 1;
  int64_t in_w = 1;
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
};

// y is the maximum of each window: the first in row-major order, but the last NaN if there is one
// (PyTorch's rule). indices, which may be null, are those of the chosen elements in all of x
// (plane * in_h * in_w + h * in_w + w, as ONNX counts). A window that sees nothing gives -infinity
// and index -1. in_h * in_w < 2^31.
void max_pool2d(const Pool2d& shape, const float* x, float* y, int64_t* indices, ThreadPool& pool);

// dx from dy; the chosen elements are found again in x, or taken from the indices.
void max_pool2d_gradient(const Pool2d& shape, const float* x, const float* dy, float* dx,
                         ThreadPool& pool);
void max_pool2d_gradient_at(const Pool2d& shape, const int64_t* indices, const float* dy, float* dx,
                            ThreadPool& pool);

// y is the mean of each window. With padded_h and padded_w (the sizes with all pads; 0: none count)
// pads inside those sizes are counted as zeros: ONNX's count_include_pad.
void average_pool2d(const Pool2d& shape, int64_t padded_h, int64_t padded_w, const float* x,
                    float* y, ThreadPool& pool);
void average_pool2d_gradient(const Pool2d& shape, int64_t padded_h, int64_t padded_w,
                             const float* dy, float* dx, ThreadPool& pool);

// y[p] = mean of plane p of `inner` elements; dx = dy[p] / inner.
void global_average_pool(int64_t planes, int64_t inner, const float* x, float* y, ThreadPool& pool);
void global_average_pool_gradient(int64_t planes, int64_t inner, const float* dy, float* dx,
                                  ThreadPool& pool);

}  // namespace twingrad
