#pragma once

#include "ir/expression.h"

namespace twingrad {

// How resizing maps pixels: TensorFlow's two flags.
struct ResizeGrid {
  bool align_corners = false;
  bool half_pixel_centers = false;
};

// Images with channels behind, resized to `size`: height and width, int64.
Expr resized_bilinear(Expr images, Expr size, ResizeGrid grid);
Expr resized_nearest(Expr images, Expr size, ResizeGrid grid);

}  // namespace twingrad
