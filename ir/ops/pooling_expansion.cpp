#include "ir/ops/pooling_expansion.h"

#include <numeric>

#include "ir/error.h"
#include "ir/ops/open_window.h"

namespace twingrad {
namespace {

std::vector<int64_t> spatial_axes(const Expr& x) {
  std::vector<int64_t> axes(static_cast<size_t>(x.rank() - 2));
  std::iota(axes.begin(), axes.end(), 2);
  return axes;
}

}  // namespace

std::vector<ValueId> expand_global_average_pool(Builder& builder, const Node&,
                                                std::span<const ValueId> inputs) {
  const Expr x(builder, inputs[0]);
  return {reduce_mean(x, spatial_axes(x), true).id()};
}

std::vector<ValueId> expand_max_pool_gradient(Builder& builder, const Node& node,
                                              std::span<const ValueId> inputs) {
  const Expr x(builder, inputs[0]);
  const Expr dy(builder, inputs[1]);
  NodeSpec spec;
  spec.op = "MaxPool";
  spec.inputs = {x.id()};
  spec.attributes = node.attributes;
  spec.output_count = 2;
  const Expr indices(builder, builder.emit(std::move(spec))[1]);
  const std::vector<int64_t> flat = {-1};
  const Expr dx = reshape(zeros_as(x), flat)
                      .apply("ScatterElements", {reshape(indices, flat), reshape(dy, flat)},
                             {{"reduction", std::string("add")}});
  return {reshape(dx, shape_of(x)).id()};
}

namespace {

// How many elements the average at output `o` of an axis is over.
int64_t counted(const WindowAxis& axis, int64_t o, int64_t input, bool include_pads) {
  const int64_t low = include_pads ? -axis.pad_begin : 0;
  const int64_t high = include_pads ? input + axis.pad_end : input;
  int64_t count = 0;
  for (int64_t k = 0; k < axis.kernel; ++k) {
    const int64_t index = o * axis.stride - axis.pad_begin + k * axis.dilation;
    count += index >= low && index < high ? 1 : 0;
  }
  return count;
}

std::optional<std::vector<int64_t>> spatial_numbers(const PartialShape& shape) {
  std::vector<int64_t> extents;
  for (int64_t axis = 2; axis < shape.rank(); ++axis) {
    if (!shape[axis].known()) return std::nullopt;
    extents.push_back(shape[axis].extent);
  }
  return extents;
}

// dy divided by the counts: a number where all are equal, else a constant of the windows' extents.
Expr shares(Expr dy, const SlidingWindow& window, std::span<const int64_t> input,
            bool include_pads) {
  for (size_t i = 0; i < window.rank(); ++i) {
    const auto axis = static_cast<int64_t>(i) + 2;
    const int64_t windows = dy.shape()[axis].extent;
    Shape shape(std::vector<int64_t>(static_cast<size_t>(dy.rank()), 1));
    shape[axis] = windows;
    Tensor counts(dy.element(), shape);
    for (int64_t o = 0; o < windows; ++o) {
      set_element(counts, o,
                  static_cast<double>(counted(window.axes[i], o, input[i], include_pads)));
    }
    dy = dy / Expr(dy.builder(), dy.builder().constant(std::move(counts)));
  }
  return dy;
}

// Every channel as an image of its own.
Expr single_channels(Expr image) {
  const std::vector<Expr> shape = {image.integers({-1, 1}),
                                   slice(shape_of(image), 0, 2, image.rank())};
  return reshape(image, concat(shape, 0));
}

// The kernel that adds the elements of a window.
Expr ones_kernel(Expr like, const SlidingWindow& window) {
  std::vector<int64_t> extents = {1, 1};
  for (const WindowAxis& axis : window.axes) extents.push_back(axis.kernel);
  Tensor ones = Tensor::filled(like.element(), Shape(std::move(extents)), 1);
  return {like.builder(), like.builder().constant(std::move(ones))};
}

// The same for an input whose extents are not known: what a window counts is a sum of ones.
Expr open_gradient(const Node& node, Expr dy, Expr shape) {
  const SlidingWindow window =
      read_sliding_window(node.attributes, node.attributes.integers("kernel_shape"));
  if (window.ceil_mode) {
    fail_unsupported(
        "with ceil_mode has no form in ONNX operators while the input's extents are not known; fix "
        "them with --dim or --shape");
  }
  const int64_t rank = dy.rank();
  const Expr spatial = slice(shape, 0, 2, rank);
  const OpenPadding padding = open_padding(window, spatial);
  const SlidingWindow bare = without_padding(window);
  const Expr kernel = ones_kernel(dy, window);
  const std::vector<Expr> single = {shape.integers({1, 1}), spatial};
  const Expr ones = dy.like(1).apply("Expand", {concat(single, 0)});
  const bool include_pads = node.attributes.flag("count_include_pad");
  const Expr counted = include_pads ? ones_as(padded(ones, padding)) : padded(ones, padding);
  const Expr counts = counted.apply("Conv", {kernel}, window_attributes(bare));
  const Expr whole =
      single_channels(dy / counts).apply("ConvTranspose", {kernel}, window_attributes(bare));
  const std::vector<Expr> channels = {shape.integers({-1, 1}), spatial};
  return reshape(without_border(whole, padding, concat(channels, 0)), shape);
}

}  // namespace

std::vector<ValueId> expand_average_pool_gradient(Builder& builder, const Node& node,
                                                  std::span<const ValueId> inputs) {
  const Expr dy(builder, inputs[0]);
  const Expr shape(builder, inputs[1]);
  const auto held = builder.contents(inputs[1]);
  const auto input = held ? spatial_numbers(*held) : std::nullopt;
  if (!input || !spatial_numbers(dy.shape())) return {open_gradient(node, dy, shape).id()};
  SlidingWindow window =
      resolved_window(node.attributes, node.attributes.integers("kernel_shape"), *input);
  Expr g = shares(dy, window, *input, node.attributes.flag("count_include_pad"));
  std::vector<int64_t> left_over;
  for (size_t i = 0; i < window.rank(); ++i) {
    WindowAxis& axis = window.axes[i];
    const int64_t windows = dy.shape()[static_cast<int64_t>(i) + 2].extent;
    const int64_t room =
        (*input)[i] + axis.pad_begin + axis.pad_end - axis.reach() - (windows - 1) * axis.stride;
    left_over.push_back(std::max<int64_t>(room, 0));
    axis.pad_end += std::max<int64_t>(-room, 0);  // with ceil_mode a window may hang over
  }
  Attributes attributes = window_attributes(window);
  attributes.set("output_padding", std::move(left_over));
  return {reshape(single_channels(g).apply("ConvTranspose", {ones_kernel(dy, window)},
                                           std::move(attributes)),
                  shape)
              .id()};
}

}  // namespace twingrad
