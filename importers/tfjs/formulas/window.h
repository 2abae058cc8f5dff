#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ir/expression.h"

namespace twingrad {

// Convolution and pooling as TensorFlow means them, written with ONNX's operators. The number of
// spatial axes is that of `strides`.
struct Window {
  enum class Padding : uint8_t {
    kSame,  // as many windows as strides fit; an odd element of padding goes behind
    kValid,
    kExplicit
  };

  std::vector<int64_t> kernel;  // pooling only; convolutions have the extents of their filter
  std::vector<int64_t> strides;
  std::vector<int64_t> dilations;  // empty: ones
  Padding padding = Padding::kValid;
  std::vector<int64_t> pads;  // kExplicit: in front of each axis, then behind each
  bool channels_last = true;

  int64_t rank() const { return static_cast<int64_t>(strides.size()); }
};

// Extents, strides and dilations of windows are no larger.
inline constexpr int64_t kLargestWindow = int64_t{1} << 24;

// "same" or "valid", in letters of any size. Throws Error for others.
Window::Padding padding_by_name(std::string_view name);

// The filter is spatial axes, input channels (of a group), output channels.
Expr convolution(Expr x, Expr filter, std::optional<Expr> bias, const Window& window);
// The filter is spatial axes, channels, results of each.
Expr depthwise_convolution(Expr x, Expr filter, std::optional<Expr> bias, const Window& window);
// The transpose of a convolution from `output` spatial extents to those of x. The filter is spatial
// axes, output channels, input channels. An extent that is not given is what Keras takes: with
// kSame the stride's multiple of x's, else as far as the windows reach.
Expr transposed_convolution(Expr x, Expr filter, std::optional<Expr> bias, const Window& window,
                            const std::vector<std::optional<int64_t>>& output);
Expr max_pool(Expr x, const Window& window);
// Padding does not count.
Expr average_pool(Expr x, const Window& window);

// From channels behind to channels in second place, and back; x itself where channels_last is
// false.
Expr channels_first(Expr x, bool channels_last);
Expr channels_back(Expr x, bool channels_last);

}  // namespace twingrad
