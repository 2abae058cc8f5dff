#include <algorithm>

#include "exporters/source/keras/keras.h"
#include "exporters/source/line_writer.h"
#include "exporters/source/python_literal.h"
#include "exporters/source/sliding_window_of.h"
#include "ir/error.h"

namespace twingrad {
namespace {

Shape kernel_shape(const NodeWriter& node) {
  const bool owned = node.owns(1) && (!node.has(2) || node.owns(2));
  if (!owned) fail_unsupported("weights that no layer has");
  Shape shape = node.shape(1).shape();
  if (shape.rank() > 5) fail_unsupported("more than 5 axes");
  return shape;
}

std::string dims(const Shape& kernel) {
  return std::to_string(kernel.rank() - 2) + "D";
}

void add_unless(Member& layer, std::string_view name, const std::vector<int64_t>& values,
                int64_t usual) {
  if (all_are(values, usual)) return;
  layer.arguments.push_back({std::string(name), one_or_tuple(values).text});
}

void add_strides(Member& layer, const SlidingWindow& window) {
  const auto strides = per_axis(window, [](const auto& a) { return a.stride; });
  const auto dilation = per_axis(window, [](const auto& a) { return a.dilation; });
  if (!all_are(strides, 1) && !all_are(dilation, 1)) fail_unsupported("strides with dilations");
  add_unless(layer, "strides", strides, 1);
  add_unless(layer, "dilation_rate", dilation, 1);
}

void add_tensors(const NodeWriter& node, Member& layer) {
  layer.tensors = {{"weight", node.id(1)}};
  if (node.has(2)) {
    layer.tensors.push_back({"bias", node.id(2)});
  } else {
    layer.arguments.push_back({"use_bias", "False"});
  }
}

// "same" of Keras pads this much for a stride of 1; for others it depends on the extents.
bool is_same(const NodeWriter& node, const SlidingWindow& window) {
  if (node.text("auto_pad") == "SAME_UPPER") return true;
  for (const WindowAxis& axis : window.axes) {
    const int64_t whole = axis.reach() - 1;
    if (axis.stride != 1 || axis.pad_begin != whole / 2 || axis.pad_end != whole - whole / 2) {
      return false;
    }
  }
  return true;
}

Code zero_padded(NodeWriter& node, const Code& x, const SlidingWindow& window,
                 const std::string& dims) {
  Codes pads;
  std::vector<int64_t> ends;
  for (const WindowAxis& axis : window.axes) {
    ends.push_back(axis.pad_begin);
    ends.push_back(axis.pad_end);
    pads.push_back(python_tuple(std::vector<int64_t>{axis.pad_begin, axis.pad_end}));
  }
  const Code each = pads.size() == 1 ? pads[0] : tuple_of(pads);
  const bool equal = all_are(ends, ends[0]);
  Member layer{.construct = "layers.ZeroPadding" + dims,
               .arguments = {{"padding", equal ? std::to_string(ends[0]) : each.text, true}},
               .fallback = "pad"};
  const Code padded = layer_call(node, std::move(layer), x);
  return node.lines().add_variables(padded, "", 1)[0];
}

// DepthwiseConv1D and 2D: their strides are one number.
bool is_depthwise(const NodeWriter& node, const Shape& kernel, const SlidingWindow& window) {
  const auto strides = per_axis(window, [](const auto& a) { return a.stride; });
  return node.integer("group") > 1 && kernel[1] == 1 && kernel.rank() <= 4 &&
         all_are(strides, strides.front());
}

Codes conv(NodeWriter& node) {
  const Shape kernel = kernel_shape(node);
  const SlidingWindow window = sliding_window_of(node, spatial_extents(kernel));
  const std::vector<int64_t> sizes(kernel.begin() + 2, kernel.end());
  const int64_t groups = node.integer("group");
  const bool depthwise = is_depthwise(node, kernel, window);
  Member layer{.construct = (depthwise ? "layers.DepthwiseConv" : "layers.Conv") + dims(kernel),
               .fallback = "conv"};
  if (!depthwise) layer.arguments.push_back({"filters", std::to_string(kernel[0]), true});
  layer.arguments.push_back({"kernel_size", one_or_tuple(sizes).text, true});
  if (depthwise) add_unless(layer, "depth_multiplier", {kernel[0] / groups}, 1);
  add_strides(layer, window);
  Code x = node.in(0);
  if (!is_unpadded(window)) {
    const bool same = is_same(node, window);
    if (same) layer.arguments.push_back({"padding", python_string("same").text});
    if (!same) x = zero_padded(node, x, window, dims(kernel));
  }
  if (!depthwise) add_unless(layer, "groups", {groups}, 1);
  add_tensors(node, layer);
  return {layer_call(node, std::move(layer), x)};
}

// The pads of a transposed convolution cut off what it writes; extents may be added at the ends.
struct TransposedPads {
  std::vector<int64_t> begin;
  std::vector<int64_t> end;
  std::vector<int64_t> extra;
};

TransposedPads transposed_pads(const NodeWriter& node, const SlidingWindow& window) {
  TransposedPads pads;
  pads.extra =
      node.node().attributes.integers_or("output_padding", std::vector<int64_t>(window.rank(), 0));
  for (size_t i = 0; i < window.rank(); ++i) {
    const WindowAxis& axis = window.axes[i];
    if (axis.dilation != 1) fail_unsupported("dilations");
    const int64_t covered = std::min(pads.extra[i], axis.pad_end);
    pads.extra[i] -= covered;
    pads.begin.push_back(axis.pad_begin);
    pads.end.push_back(axis.pad_end - covered);
    if (pads.extra[i] > 0 && pads.extra[i] >= axis.stride) fail_unsupported("output_padding");
  }
  return pads;
}

// "x[:, 1:-1, 1:-1]"
Code cropped(const Code& x, const TransposedPads& pads) {
  std::string ranges = ":";
  for (size_t i = 0; i < pads.begin.size(); ++i) {
    ranges += ", ";
    if (pads.begin[i] != 0) ranges += std::to_string(pads.begin[i]);
    ranges += ":";
    if (pads.end[i] != 0) ranges += std::to_string(-pads.end[i]);
  }
  return item(x, ranges);
}

// What "same" cuts off: all that a window reaches beyond its stride.
bool cuts_to_same(const SlidingWindow& window, const TransposedPads& pads) {
  for (size_t i = 0; i < window.rank(); ++i) {
    const int64_t more = window.axes[i].kernel - window.axes[i].stride;
    const bool same = more >= 0 && pads.extra[i] == 0 && pads.begin[i] == more / 2 &&
                      pads.end[i] == more - more / 2;
    if (!same) return false;
  }
  return true;
}

Codes conv_transpose(NodeWriter& node) {
  const Shape kernel = kernel_shape(node);
  if (node.integer("group") != 1) fail_unsupported("groups");
  const Attributes& attributes = node.node().attributes;
  SlidingWindow window = read_sliding_window(attributes, spatial_extents(kernel));
  if (window.is_same() || attributes.has("output_shape")) {
    std::vector<int64_t> extents;
    for (int64_t axis = 2; axis < node.rank(); ++axis) extents.push_back(node.extent(0, axis));
    window = resolved_transposed_window(attributes, spatial_extents(kernel), extents).window;
  }
  const TransposedPads pads = transposed_pads(node, window);
  const bool uncut = all_are(pads.begin, 0) && all_are(pads.end, 0);
  const bool same = !uncut && cuts_to_same(window, pads);
  const std::vector<int64_t> sizes(kernel.begin() + 2, kernel.end());
  Member layer{.construct = "layers.Conv" + dims(kernel) + "Transpose",
               .arguments = {{"filters", std::to_string(kernel[1]), true},
                             {"kernel_size", one_or_tuple(sizes).text, true}},
               .fallback = "conv"};
  add_unless(layer, "strides", per_axis(window, [](const auto& a) { return a.stride; }), 1);
  if (same) layer.arguments.push_back({"padding", python_string("same").text});
  // Without it, Keras adds extents where the stride is larger than the kernel.
  const bool gaps =
      std::ranges::any_of(window.axes, [](const auto& axis) { return axis.stride > axis.kernel; });
  if (!same && (gaps || !all_are(pads.extra, 0))) {
    layer.arguments.push_back({"output_padding", one_or_tuple(pads.extra).text});
  }
  add_tensors(node, layer);
  const Code y = layer_call(node, std::move(layer), node.in(0));
  return {uncut || same ? y : cropped(y, pads)};
}

}  // namespace

Code padded_image(const Code& x, const SlidingWindow& window, std::string_view value) {
  Codes widths = {{"(0, 0)"}};
  for (const WindowAxis& axis : window.axes) {
    widths.push_back(python_tuple(std::vector<int64_t>{axis.pad_begin, axis.pad_end}));
  }
  widths.push_back({"(0, 0)"});
  Codes arguments = {x, tuple_of(widths)};
  if (value != "0") arguments.push_back(keyword("constant_values", {std::string(value)}));
  return call("tf.pad", arguments);
}

std::vector<SourceRow> keras_convolution_rows() {
  return {{"Conv", "", conv, "", of_images}, {"ConvTranspose", "", conv_transpose, "", of_images}};
}

}  // namespace twingrad
