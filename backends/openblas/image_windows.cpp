#include "backends/openblas/image_windows.h"

#include <algorithm>
#include <array>

#include "backends/openblas/panels.h"

namespace twingrad {
namespace {

// Grid columns and the taps' reach, for one remainder modulo stride_w.
int64_t phase_floats(const ImageWindows& window) {
  return window.grid_w + (window.span_w() - 1) / window.stride_w;
}
int64_t phase_count(const ImageWindows& window) {
  return std::min(window.stride_w, window.span_w());
}
int64_t source_rows(const ImageWindows& window, int64_t grid_rows) {
  return (std::min(grid_rows, window.grid_h) - 1) * window.stride_h + window.span_h();
}

}  // namespace

bool ImageWindows::readable_in_place() const {
  const int64_t last_h = (grid_h - 1) * stride_h + lowest_h() + span_h() - 1;
  const int64_t last_w = (grid_w - 1) + lowest_w() + span_w() - 1;
  return stride_w == 1 && lowest_h() >= 0 && lowest_w() >= 0 && last_h < height && last_w < width;
}

int64_t WindowPart::storage_floats(const ImageWindows& window, int64_t columns, int64_t steps) {
  if (window.window() == 0 || window.readable_in_place()) return 0;
  const int64_t channels = std::min(window.channels, (steps - 1) / window.window() + 2);
  const int64_t grid_rows = (columns - 1) / window.grid_w + 2;
  const int64_t images = std::min(window.images, (columns - 1) / window.grid() + 2);
  return channels * images * source_rows(window, grid_rows) * phase_count(window) *
         phase_floats(window);
}

WindowPart::WindowPart(const MatrixKernels& kernels, const ImageWindows& window,
                       int64_t first_column, int64_t end_column, int64_t first_step,
                       int64_t end_step, float* storage)
    : kernels_(kernels), window_(window) {
  const int64_t first_grid_row = first_column / window.grid_w;
  const int64_t last_grid_row = (end_column - 1) / window.grid_w;
  first_image_ = first_grid_row / window.grid_h;
  const int64_t images = last_grid_row / window.grid_h - first_image_ + 1;
  const int64_t first_channel = first_step / window.window();
  first_step_ = first_step - first_channel * window.window();
  end_step_ = end_step - first_channel * window.window();
  const int64_t end_channel = divide_up(end_step, window.window());
  taps_.stride = window.stride_w;
  taps_.taps_h = window.taps_h;
  taps_.taps_w = window.taps_w;
  taps_.first_h = window.first_h - window.lowest_h();
  taps_.first_w = window.first_w - window.lowest_w();
  taps_.step_h = window.step_h;
  taps_.step_w = window.step_w;
  if (window.readable_in_place()) {
    first_row_ = 0;
    taps_.row = window.row_stride;
    taps_.channel = window.channel_stride;
    image_stride_ = window.image_stride;
    data_ = window.source + first_image_ * image_stride_ + first_channel * taps_.channel +
            window.lowest_h() * window.row_stride + window.lowest_w();
    return;
  }
  first_row_ = first_grid_row % window.grid_h;
  rows_ = source_rows(window, last_grid_row - first_grid_row + 1);
  taps_.phase = phase_floats(window);
  taps_.row = phase_count(window) * taps_.phase;
  image_stride_ = rows_ * taps_.row;
  taps_.channel = images * image_stride_;
  for (int64_t channel = first_channel; channel < end_channel; ++channel) {
    for (int64_t image = 0; image < images; ++image) {
      copy_image(first_image_ + image, channel,
                 storage + (channel - first_channel) * taps_.channel + image * image_stride_);
    }
  }
  data_ = storage;
}

void WindowPart::copy_image(int64_t image, int64_t channel, float* out) const {
  const ImageWindows& window = window_;
  const PlanePart part{
      .plane = window.source + image * window.image_stride + channel * window.channel_stride,
      .height = window.height,
      .width = window.width,
      .row_stride = window.row_stride,
      .top = lowest_row(image) * window.stride_h + window.lowest_h(),
      .left = window.lowest_w(),
      .rows = rows_,
      .phases = phase_count(window),
      .stride = window.stride_w,
      .count = taps_.phase,
      .next_plane = window.channel_stride};
  kernels_.pick(part, out);
}

int64_t WindowPart::lowest_row(int64_t image) const {
  return image == first_image_ ? first_row_ : 0;
}

int64_t WindowPart::offset_of(int64_t image, int64_t row) const {
  return (image - first_image_) * image_stride_ +
         (row - lowest_row(image)) * window_.stride_h * taps_.row;
}

void WindowPart::gather(int64_t first, int64_t end, float* out, int64_t out_row) const {
  std::array<Segment, kMostGathered> segments;
  size_t count = 0;
  // Without pads and neighbours the rows follow each other without a gap.
  const bool gapless = taps_.row == window_.grid_w && window_.stride_h == 1;
  for (int64_t column = first; column < end;) {
    const int64_t grid_row = column / window_.grid_w;
    const int64_t j = column % window_.grid_w;
    const int64_t run = gapless ? window_.grid() - column % window_.grid() : window_.grid_w - j;
    const int64_t length = std::min({kernels_.lanes, end - column, run});
    segments[count++] = {column - first,
                         offset_of(grid_row / window_.grid_h, grid_row % window_.grid_h) + j,
                         length};
    column += length;
  }
  kernels_.gather(data_, taps_, segments.data(), static_cast<int64_t>(count), first_step_,
                  end_step_, out, out_row);
}

}  // namespace twingrad
