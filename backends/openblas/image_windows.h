#pragma once

#include <cstdint>
#include <span>

#include "backends/openblas/matrix_kernels.h"

namespace twingrad {

// Images seen through a window that slides over a grid: the matrix whose row ("step") is a
// (channel, tap) and whose column is a (image, grid row, grid column), without storing it:
//   element = source[image][channel][i * stride_h + first_h + p * step_h]
//                                   [j * stride_w + first_w + q * step_w], 0 outside.
struct ImageWindows {
  const float* source;
  int64_t image_stride;  // floats from an image to the next, a channel and a row likewise
  int64_t channel_stride;
  int64_t row_stride;
  int64_t height;
  int64_t width;
  int64_t images;
  int64_t channels;
  int64_t grid_h;
  int64_t grid_w;
  int64_t stride_h;
  int64_t stride_w;
  int64_t taps_h;
  int64_t taps_w;
  int64_t first_h;
  int64_t first_w;
  int64_t step_h;  // may be negative
  int64_t step_w;

  int64_t window() const { return taps_h * taps_w; }
  int64_t steps() const { return channels * window(); }
  int64_t grid() const { return grid_h * grid_w; }
  int64_t columns() const { return images * grid(); }
  int64_t lowest_h() const { return step_h < 0 ? first_h + (taps_h - 1) * step_h : first_h; }
  int64_t lowest_w() const { return step_w < 0 ? first_w + (taps_w - 1) * step_w : first_w; }
  int64_t span_h() const { return (step_h < 0 ? -step_h : step_h) * (taps_h - 1) + 1; }
  int64_t span_w() const { return (step_w < 0 ? -step_w : step_w) * (taps_w - 1) + 1; }
  // No element lies outside and grid columns are neighbours: parts can be copied from the source.
  bool readable_in_place() const;
};

// Some channels of the part of the images that a range of columns sees, padded with zeros and with
// the image's columns sorted by their remainder modulo stride_w, so that neighbours in the grid are
// neighbours in memory; or the source itself, if readable_in_place().
class WindowPart {
 public:
  // Floats that `storage` needs for any `columns` columns and `steps` steps.
  static int64_t storage_floats(const ImageWindows& window, int64_t columns, int64_t steps);

  WindowPart(const MatrixKernels& kernels, const ImageWindows& window, int64_t first_column,
             int64_t end_column, int64_t first_step, int64_t end_step, float* storage);

  // Writes columns [first, end) of the steps [first_step, end_step) given at construction, a row a
  // step. Needs room for a vector behind the last row. At most kMostGathered columns.
  void gather(int64_t first, int64_t end, float* out, int64_t out_row) const;

  static constexpr int64_t kMostGathered = 384;

 private:
  void copy_image(int64_t image, int64_t channel, float* out) const;
  int64_t lowest_row(int64_t image) const;
  int64_t offset_of(int64_t image, int64_t row) const;

  const MatrixKernels& kernels_;
  const ImageWindows& window_;
  int64_t first_step_;  // counted from the first channel present
  int64_t end_step_;
  int64_t first_image_;
  int64_t first_row_;  // grid row of the first image; the others are present from row 0
  int64_t rows_ = 0;   // source rows present per image
  const float* data_;
  int64_t image_stride_;
  TapOffsets taps_{};
};

}  // namespace twingrad
