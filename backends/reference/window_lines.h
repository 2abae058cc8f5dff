#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "ir/sliding_window.h"

namespace twingrad {

// How a sliding window pairs lines (runs along the last spatial axis) of an input with lines of an
// output: through every row of the kernel. Works for any number of spatial axes.
class WindowLines {
 public:
  // The extents are the spatial ones, all with at least one axis.
  WindowLines(const SlidingWindow& window, std::span<const int64_t> input,
              std::span<const int64_t> output)
      : window_(window), input_(input), output_(output) {
    for (size_t axis = 0; axis + 1 < window.rank(); ++axis) {
      kernel_rows_ *= window.axes[axis].kernel;
      output_rows_ *= output[axis];
    }
  }

  const WindowAxis& last() const { return window_.axes.back(); }
  int64_t input_length() const { return input_.back(); }
  int64_t output_length() const { return output_.back(); }
  int64_t output_rows() const { return output_rows_; }
  int64_t kernel_rows() const { return kernel_rows_; }

  // The input row that an output row sees through a kernel row; -1: padding.
  int64_t input_row(int64_t output_row, int64_t kernel_row) const {
    int64_t row = 0;
    int64_t step = 1;
    for (size_t axis = window_.rank() - 1; axis-- > 0;) {
      const WindowAxis& at = window_.axes[axis];
      const int64_t index = output_row % output_[axis] * at.stride - at.pad_begin +
                            kernel_row % at.kernel * at.dilation;
      if (index < 0 || index >= input_[axis]) return -1;
      row += index * step;
      step *= input_[axis];
      output_row /= output_[axis];
      kernel_row /= at.kernel;
    }
    return row;
  }

  // The outputs [first, last) of a line whose input, at tap `k` of the last axis, is no padding.
  struct Range {
    int64_t first;
    int64_t last;
  };
  Range outputs_inside(int64_t k) const {
    const WindowAxis& at = last();
    const int64_t shift = at.pad_begin - k * at.dilation;  // input = output * stride - shift
    const int64_t first = shift <= 0 ? 0 : (shift + at.stride - 1) / at.stride;
    const int64_t room = input_length() - 1 + shift;
    const int64_t last = room < 0 ? 0 : std::min(output_length(), room / at.stride + 1);
    return {std::min(first, last), last};
  }

 private:
  const SlidingWindow& window_;
  std::span<const int64_t> input_;
  std::span<const int64_t> output_;
  int64_t kernel_rows_ = 1;
  int64_t output_rows_ = 1;
};

// Calls f(input row, output row, kernel row) for every pair of lines that meet.
template <typename F>
void for_each_line(const WindowLines& lines, F f) {
  for (int64_t output_row = 0; output_row < lines.output_rows(); ++output_row) {
    for (int64_t kernel_row = 0; kernel_row < lines.kernel_rows(); ++kernel_row) {
      const int64_t input_row = lines.input_row(output_row, kernel_row);
      if (input_row >= 0) f(input_row, output_row, kernel_row);
    }
  }
}

}  // namespace twingrad
