#include "ir/ops/window_sums.h"

#include "ir/error.h"
#include "ir/ops/extents.h"
#include "ir/sliding_window.h"

namespace twingrad {
namespace {

// The attributes of a convolution with the same windows: where ceil_mode lets the last one hang
// over, its pads say so.
Attributes convolution_attributes(Expr x, const Attributes& attributes) {
  const auto& kernel = attributes.integers("kernel_shape");
  Attributes result;
  if (attributes.integer("ceil_mode") == 0) {
    result.set("auto_pad", attributes.text("auto_pad"));
    for (const char* name : {"dilations", "pads", "strides"}) {
      if (attributes.has(name)) result.set(name, AttributeValue(*attributes.find(name)));
    }
    return result;
  }
  if (!x.type().is_static()) {
    fail_unsupported("ceil_mode needs extents that are known; fix them with --dim or --shape");
  }
  const Shape shape = x.shape().shape();
  SlidingWindow window = resolved_window(attributes, kernel, spatial_extents(shape));
  SlidingWindow counting = window;
  counting.ceil_mode = true;
  for (size_t i = 0; i < window.rank(); ++i) {
    WindowAxis& axis = window.axes[i];
    const int64_t input = shape[static_cast<int64_t>(i) + 2];
    const int64_t windows = window_count(counting, i, input).extent;
    const int64_t end = (windows - 1) * axis.stride + axis.reach();
    axis.pad_end = std::max(axis.pad_end, end - input - axis.pad_begin);
  }
  return window_attributes(window);
}

}  // namespace

Expr window_sums(Expr x, const Attributes& attributes) {
  std::vector<int64_t> kernel = {1, 1};
  for (const int64_t extent : attributes.integers("kernel_shape")) kernel.push_back(extent);
  const Expr ones(x.builder(), x.builder().constant(Tensor::filled(x.element(), Shape(kernel), 1)));
  const Expr single = reshape(x, joined({x.integers({-1, 1}), slice(shape_of(x), 0, 2, x.rank())}));
  const Expr sums = single.apply("Conv", {ones}, convolution_attributes(x, attributes));
  const Expr windows = slice(shape_of(sums), 0, 2, x.rank());
  return reshape(sums, joined({extent_of(x, 0), extent_of(x, 1), windows}));
}

}  // namespace twingrad
