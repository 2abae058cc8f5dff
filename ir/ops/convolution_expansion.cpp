#include "ir/ops/convolution_expansion.h"

#include <numeric>

#include "ir/error.h"
#include "ir/ops/open_window.h"

namespace twingrad {
namespace {

std::vector<Dimension> spatial_of(const PartialShape& shape) {
  return {shape.begin() + 2, shape.end()};
}

std::optional<std::vector<int64_t>> numbers_of(const std::vector<Dimension>& dims) {
  std::vector<int64_t> extents;
  for (const Dimension& dim : dims) {
    if (!dim.known()) return std::nullopt;
    extents.push_back(dim.extent);
  }
  return extents;
}

SlidingWindow window_of(const Node& node, const std::vector<Dimension>& kernel) {
  const auto extents = numbers_of(kernel);
  if (!extents) {
    fail_unsupported("has no form in ONNX operators while the kernel's extents are not known");
  }
  return read_sliding_window(node.attributes, *extents);
}

// The shape that a shape input holds; the rank must be known.
PartialShape shape_held(const Expr& shape, int64_t rank) {
  const auto contents = shape.builder().contents(shape.id());
  return contents ? *contents : PartialShape(std::vector<Dimension>(static_cast<size_t>(rank)));
}

// Elements of the padded input behind the last window; nullopt where extents that decide over them,
// or over the pads, are not known.
std::optional<std::vector<int64_t>> left_over(const SlidingWindow& window,
                                              const std::vector<Dimension>& input,
                                              const std::vector<Dimension>& counts) {
  if (window.is_same()) return std::nullopt;
  std::vector<int64_t> rest(window.rank());
  for (size_t i = 0; i < window.rank(); ++i) {
    const WindowAxis& axis = window.axes[i];
    if (axis.stride == 1) continue;
    if (!input[i].known() || !counts[i].known()) return std::nullopt;
    rest[i] = input[i].extent + axis.pad_begin + axis.pad_end - axis.reach() -
              (counts[i].extent - 1) * axis.stride;
  }
  return rest;
}

}  // namespace

std::vector<ValueId> expand_conv_input_gradient(Builder& builder, const Node& node,
                                                std::span<const ValueId> inputs) {
  const Expr weight(builder, inputs[0]);
  const Expr dy(builder, inputs[1]);
  const Expr shape(builder, inputs[2]);
  const int64_t rank = weight.rank();
  const auto input = spatial_of(shape_held(shape, rank));
  SlidingWindow window = window_of(node, spatial_of(weight.shape()));
  if (const auto extents = numbers_of(input)) resolve_padding(window, *extents);
  auto rest = left_over(window, input, spatial_of(dy.shape()));
  Attributes attributes = window_attributes(rest ? window : without_padding(window));
  attributes.set("group", node.attributes.integer("group"));
  if (!rest) {
    const Expr whole = dy.apply("ConvTranspose", {weight}, std::move(attributes));
    return {without_border(whole, open_padding(window, slice(shape, 0, 2, rank)), shape).id()};
  }
  attributes.set("output_padding", *std::move(rest));
  return {dy.apply("ConvTranspose", {weight}, std::move(attributes)).id()};
}

// dW[m,c,k] = sum over n and o of dY[n,m,o] X[n,c,o*stride-pad+k*dilation]: a Conv over the
// "images" X[c] with the "channels" n, the kernels dY[m], and o and k in each other's place.
// A group's images are its channels, so the input is [channels of a group, groups * batch, ...].
std::vector<ValueId> expand_conv_weight_gradient(Builder& builder, const Node& node,
                                                 std::span<const ValueId> inputs) {
  Expr x(builder, inputs[0]);
  const Expr dy(builder, inputs[1]);
  const PartialShape weight = shape_held({builder, inputs[2]}, x.rank());
  SlidingWindow window = window_of(node, spatial_of(weight));
  if (const auto extents = numbers_of(spatial_of(x.shape()))) {
    resolve_padding(window, *extents);
  } else if (window.is_same()) {
    x = padded(x, open_padding(window, slice(shape_of(x), 0, 2, x.rank())));
    window = without_padding(std::move(window));
  }
  for (WindowAxis& axis : window.axes) std::swap(axis.stride, axis.dilation);
  const int64_t group = node.attributes.integer("group");
  std::vector<int64_t> exchange(static_cast<size_t>(x.rank()));
  std::iota(exchange.begin(), exchange.end(), 0);
  std::swap(exchange[0], exchange[1]);
  Expr images = x;
  if (group == 1) {
    images = transpose(x, exchange);
  } else {
    if (!weight[1].known()) fail_unsupported("the channels of a grouped Conv are not known");
    const Expr shape = shape_of(x);
    const std::vector<Expr> split = {slice(shape, 0, 0, 1), x.integers({group, weight[1].extent}),
                                     slice(shape, 0, 2, x.rank())};
    std::vector<int64_t> to_front(static_cast<size_t>(x.rank() + 1));
    std::iota(to_front.begin(), to_front.end(), 0);
    std::swap(to_front[0], to_front[2]);
    const std::vector<Expr> joined = {x.integers({weight[1].extent, -1}),
                                      slice(shape, 0, 2, x.rank())};
    images = reshape(transpose(reshape(x, concat(split, 0)), to_front), concat(joined, 0));
  }
  Attributes attributes = window_attributes(window);
  attributes.set("group", group);
  Expr dw = images.apply("Conv", {transpose(dy, exchange)}, std::move(attributes));
  for (int64_t axis = 2; axis < weight.rank(); ++axis) {
    if (dw.shape()[axis].same_as(weight[axis])) continue;
    dw = slice(dw, axis, 0, weight[axis].extent);
  }
  return {transpose(dw, exchange).id()};
}

}  // namespace twingrad
