#include "ir/ops/window_sums.h"

#include "ir/ops/extents.h"
#include "ir/sliding_window.h"

namespace twingrad {
namespace {

// Whether the last window may hang over the end: SAME padding leaves nothing to round.
bool hangs_over(const SlidingWindow& window) {
  return window.ceil_mode && !window.is_same();
}

// The attributes of a convolution that has at least these windows. Where the last one may hang
// over, a stride less one of further padding makes room for it.
Attributes convolution_attributes(const Attributes& attributes, SlidingWindow window) {
  if (hangs_over(window)) {
    for (WindowAxis& axis : window.axes) axis.pad_end += axis.stride - 1;
    return window_attributes(window);
  }
  Attributes result{{"auto_pad", attributes.text("auto_pad")}};
  for (const char* name : {"dilations", "pads", "strides"}) {
    if (attributes.has(name)) result.set(name, AttributeValue(*attributes.find(name)));
  }
  return result;
}

// Without the windows that would start in the end padding: of those that start at multiples of the
// stride, as many as start before it.
Expr started_windows(Expr sums, Expr x, const SlidingWindow& window) {
  std::vector<int64_t> axes;
  std::vector<int64_t> strides;
  std::vector<int64_t> before;  // the padding at the begin, and what rounds up
  for (const WindowAxis& axis : window.axes) {
    axes.push_back(static_cast<int64_t>(axes.size()) + 2);
    strides.push_back(axis.stride);
    before.push_back(axis.pad_begin + axis.stride - 1);
  }
  const Expr room = slice(shape_of(x), 0, 2, x.rank()) + x.integers(before);
  const Expr ends = room.apply("Div", {x.integers(strides)});
  const std::vector<int64_t> starts(axes.size(), 0);
  return sums.apply("Slice", {x.integers(starts), ends, x.integers(axes)});
}

}  // namespace

Expr window_sums(Expr x, const Attributes& attributes) {
  const auto& extents = attributes.integers("kernel_shape");
  const SlidingWindow window = read_sliding_window(attributes, extents);
  std::vector<int64_t> kernel = {1, 1};
  kernel.insert(kernel.end(), extents.begin(), extents.end());
  const Expr ones(x.builder(), x.builder().constant(Tensor::filled(x.element(), Shape(kernel), 1)));
  const Expr single = reshape(x, joined({x.integers({-1, 1}), slice(shape_of(x), 0, 2, x.rank())}));
  Expr sums = single.apply("Conv", {ones}, convolution_attributes(attributes, window));
  if (hangs_over(window)) sums = started_windows(sums, x, window);
  const Expr windows = slice(shape_of(sums), 0, 2, x.rank());
  return reshape(sums, joined({extent_of(x, 0), extent_of(x, 1), windows}));
}

}  // namespace twingrad
