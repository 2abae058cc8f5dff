#pragma once

#include "backends/openblas/image_windows.h"

namespace twingrad {

// weights [rows, window.steps()] times the matrix of a sliding window, written to places of images:
// row r of column (image, i, j) goes to
//   out[image * out_image + r * out_channel + (i * out_step_h) * out_width + j * out_step_w].
struct WindowProduct {
  ImageWindows window;
  const float* weights;
  int64_t rows;
  const float* bias;  // one per row, or null
  bool relu;
  float* out;
  int64_t out_image;
  int64_t out_channel;
  int64_t out_width;
  int64_t out_step_h;
  int64_t out_step_w;
};

// Floats of workspace for one worker.
int64_t window_product_workspace(const MatrixKernels& kernels, const WindowProduct& product);

// A product is cut into items that may run at the same time, each with a workspace of its own.
int64_t window_product_items(const MatrixKernels& kernels, const WindowProduct& product);
void run_window_product_item(const MatrixKernels& kernels, const WindowProduct& product,
                             int64_t item, float* worker_workspace);

}  // namespace twingrad
