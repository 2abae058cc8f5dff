#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ir/attribute.h"
#include "ir/type.h"

namespace twingrad {

// One spatial axis of a window that slides over an input (Conv, pooling): window o covers the
// inputs o * stride - pad_begin + k * dilation for k in [0, kernel).
struct WindowAxis {
  int64_t kernel = 1;
  int64_t stride = 1;
  int64_t dilation = 1;
  int64_t pad_begin = 0;
  int64_t pad_end = 0;

  // Inputs from the first to the last of one window.
  int64_t reach() const { return (kernel - 1) * dilation + 1; }
};

// What ONNX's attributes auto_pad, ceil_mode, dilations, pads and strides say together.
struct SlidingWindow {
  enum class AutoPad : uint8_t { kExplicit, kSameUpper, kSameLower, kValid };

  std::vector<WindowAxis> axes;
  AutoPad auto_pad = AutoPad::kExplicit;
  bool ceil_mode = false;

  size_t rank() const { return axes.size(); }
  bool is_same() const {
    return auto_pad == AutoPad::kSameUpper || auto_pad == AutoPad::kSameLower;
  }
};

// Reads and checks the attributes for a kernel of these extents; those that are absent have ONNX's
// defaults. With auto_pad SAME the pads are 0 until `resolve_padding`. Throws Error.
SlidingWindow read_sliding_window(const Attributes& attributes, std::span<const int64_t> kernel);

// Windows along an axis. A number where it follows; the input's own symbol where every input gets
// one window. Throws Error where not even one fits.
Dimension window_count(const SlidingWindow& window, size_t axis, const Dimension& input);

// Replaces auto_pad by explicit pads for these input extents.
void resolve_padding(SlidingWindow& window, std::span<const int64_t> input);
// The two together, for kernels: everything is known there.
SlidingWindow resolved_window(const Attributes& attributes, std::span<const int64_t> kernel,
                              std::span<const int64_t> input);

// The window of the convolution that a ConvTranspose is the transpose of, with its pads resolved,
// and the extents that it writes.
struct TransposedWindow {
  SlidingWindow window;
  std::vector<int64_t> output;
};
TransposedWindow resolved_transposed_window(const Attributes& attributes,
                                            std::span<const int64_t> kernel,
                                            std::span<const int64_t> input);

// Attributes that say the same with explicit pads: dilations, pads, strides.
Attributes window_attributes(const SlidingWindow& window);

// The extents of a shape from axis 2 on.
std::span<const int64_t> spatial_extents(const Shape& shape);

}  // namespace twingrad
