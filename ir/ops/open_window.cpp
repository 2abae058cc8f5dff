#include "ir/ops/open_window.h"

namespace twingrad {
namespace {

// A vector of one number an axis.
template <typename Member>
Expr of_axes(const SlidingWindow& window, Expr on, Member member) {
  std::vector<int64_t> numbers;
  for (const WindowAxis& axis : window.axes) numbers.push_back(member(axis));
  return on.integers(numbers);
}

// What ONNX's Pad takes for an image: batch and channels stay.
Expr pads_of_image(Expr begin, Expr end) {
  const Expr none = begin.integers({0, 0});
  const std::vector<Expr> parts = {none, begin, none, end};
  return concat(parts, 0);
}

Expr with_pads(Expr image, Expr begin, Expr end) {
  return image.apply("Pad", {pads_of_image(begin, end), image.like(0)});
}

}  // namespace

OpenPadding open_padding(const SlidingWindow& window, Expr spatial) {
  if (!window.is_same()) {
    return {of_axes(window, spatial, [](const WindowAxis& axis) { return axis.pad_begin; }),
            of_axes(window, spatial, [](const WindowAxis& axis) { return axis.pad_end; })};
  }
  const Expr stride = of_axes(window, spatial, [](const WindowAxis& axis) { return axis.stride; });
  const Expr reach = of_axes(window, spatial, [](const WindowAxis& axis) { return axis.reach(); });
  const Expr windows = (spatial + stride - 1) / stride;
  const Expr needed = (windows - 1) * stride + reach - spatial;
  const Expr total = needed.apply("Max", {spatial.like(0)});
  const Expr half = total / 2;
  const bool upper = window.auto_pad == SlidingWindow::AutoPad::kSameUpper;
  return upper ? OpenPadding{half, total - half} : OpenPadding{total - half, half};
}

SlidingWindow without_padding(SlidingWindow window) {
  window.auto_pad = SlidingWindow::AutoPad::kExplicit;
  for (WindowAxis& axis : window.axes) axis.pad_begin = axis.pad_end = 0;
  return window;
}

Expr padded(Expr image, const OpenPadding& padding) {
  return with_pads(image, padding.begin, padding.end);
}

Expr without_border(Expr image, const OpenPadding& padding, Expr shape) {
  const int64_t rank = image.rank();
  const Expr missing =
      slice(shape, 0, 2, rank) + padding.begin - slice(shape_of(image), 0, 2, rank);
  return reshape(with_pads(image, -padding.begin, missing), shape);
}

}  // namespace twingrad
