#pragma once

#include "backends/openblas/conv2d.h"
#include "backends/openblas/image_windows.h"

namespace twingrad {

// What the windows of one group of a convolution see of x: the matrix that the weights
// [out_channels / groups, channels * kernel_h * kernel_w] are multiplied with.
inline ImageWindows conv2d_window(const Conv2d& conv, int64_t group, const float* x) {
  const int64_t channels = conv.in_channels / conv.groups;
  const int64_t plane = conv.in_h * conv.in_w;
  ImageWindows window{.source = x + group * channels * plane,
                      .image_stride = conv.in_channels * plane,
                      .channel_stride = plane,
                      .row_stride = conv.in_w,
                      .height = conv.in_h,
                      .width = conv.in_w,
                      .images = conv.batch,
                      .channels = channels,
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
  // Rows that no tap meets are left out.
  if (conv.kernel_h == 1 && conv.pad_top == 0 && conv.in_h > 0) {
    window.row_stride *= conv.stride_h;
    window.height = (conv.in_h - 1) / conv.stride_h + 1;
    window.stride_h = 1;
  }
  return window;
}

}  // namespace twingrad
