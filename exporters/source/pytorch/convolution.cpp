#include "exporters/source/line_writer.h"
#include "exporters/source/member_paths.h"
#include "exporters/source/python_literal.h"
#include "exporters/source/pytorch/padding.h"
#include "exporters/source/pytorch/pytorch.h"
#include "exporters/source/sliding_window_of.h"
#include "ir/error.h"

namespace twingrad {

Code padded(const Code& x, SlidingWindow& window, std::string_view value) {
  std::vector<int64_t> pads;
  for (auto axis = window.axes.rbegin(); axis != window.axes.rend(); ++axis) {
    pads.push_back(std::exchange(axis->pad_begin, 0));
    pads.push_back(std::exchange(axis->pad_end, 0));
  }
  std::vector<Code> arguments = {x, python_tuple(pads)};
  if (value != "0") arguments.push_back(keyword("value", {std::string(value)}));
  return call("F.pad", arguments);
}

namespace {

void add_unless(std::vector<MemberArgument>& arguments, std::string_view name,
                const std::vector<int64_t>& values, int64_t usual) {
  if (!all_are(values, usual)) arguments.push_back({std::string(name), one_or_tuple(values).text});
}

std::vector<MemberArgument> window_arguments(const NodeWriter& node, const SlidingWindow& window,
                                             const std::vector<int64_t>& output_padding) {
  std::vector<MemberArgument> arguments;
  add_unless(arguments, "stride", per_axis(window, [](const auto& a) { return a.stride; }), 1);
  add_unless(arguments, "padding", per_axis(window, [](const auto& a) { return a.pad_begin; }), 0);
  if (!output_padding.empty()) add_unless(arguments, "output_padding", output_padding, 0);
  add_unless(arguments, "dilation", per_axis(window, [](const auto& a) { return a.dilation; }), 1);
  add_unless(arguments, "groups", {node.integer("group")}, 1);
  return arguments;
}

struct Convolution {
  std::string layer;     // "nn.Conv"
  std::string function;  // "F.conv"
  int64_t in_channels = 0;
  int64_t out_channels = 0;
};

Code written(NodeWriter& node, const Convolution& kind, const Code& x, const Shape& weight,
             std::vector<MemberArgument> arguments) {
  const std::string dims = std::to_string(weight.rank() - 2) + "d";
  const bool is_layer = node.owns(1) && (!node.has(2) || node.owns(2));
  if (!is_layer) {
    Codes codes = {x, node.in(1)};
    if (node.has(2)) codes.push_back(node.in(2));
    for (const auto& argument : arguments)
      codes.push_back(keyword(argument.name, {argument.value}));
    return call(kind.function + dims, codes);
  }
  Member layer{.construct = kind.layer + dims,
               .arguments = {{"in_channels", std::to_string(kind.in_channels), true},
                             {"out_channels", std::to_string(kind.out_channels), true}},
               .tensors = {{"weight", node.id(1)}},
               .fallback = "conv"};
  const std::vector<int64_t> kernel(weight.begin() + 2, weight.end());
  layer.arguments.push_back({"kernel_size", one_or_tuple(kernel).text});
  layer.arguments.insert(layer.arguments.end(), arguments.begin(), arguments.end());
  if (node.has(2)) {
    layer.tensors.push_back({"bias", node.id(2)});
  } else {
    layer.arguments.push_back({"bias", "False"});
  }
  layer.path = layer_path(node.lines().facts().graph(), layer.tensors);
  return call(node.member(std::move(layer)).text, {x});
}

Shape weight_shape(const NodeWriter& node) {
  if (!node.shape(1).known()) fail_unsupported("the shape of the weight is not known");
  return node.shape(1).shape();
}

Codes conv(NodeWriter& node) {
  const Shape weight = weight_shape(node);
  SlidingWindow window = sliding_window_of(node, spatial_extents(weight));
  Code x = node.in(0);
  if (!is_symmetric(window)) x = padded(x, window, "0");
  const Convolution kind{"nn.Conv", "F.conv", weight[1] * node.integer("group"), weight[0]};
  return {written(node, kind, x, weight, window_arguments(node, window, {}))};
}

// torch adds output_padding at the end only, and pads alike at both ends: what ONNX takes away at
// the end beyond that is cut off.
Codes conv_transpose(NodeWriter& node) {
  const Shape weight = weight_shape(node);
  const Attributes& attributes = node.node().attributes;
  const bool is_plain = !attributes.has("output_shape") &&
                        (node.text("auto_pad") == "NOTSET" || node.text("auto_pad") == "VALID");
  SlidingWindow window = read_sliding_window(attributes, spatial_extents(weight));
  std::vector<int64_t> extra =
      attributes.integers_or("output_padding", std::vector<int64_t>(window.rank(), 0));
  if (!is_plain) {
    std::vector<int64_t> extents;
    for (int64_t axis = 2; axis < node.rank(); ++axis) extents.push_back(node.extent(0, axis));
    window = resolved_transposed_window(attributes, spatial_extents(weight), extents).window;
  }
  Codes ranges = {{"..."}};
  bool is_cut = false;
  for (size_t i = 0; i < window.rank(); ++i) {
    WindowAxis& axis = window.axes[i];
    const int64_t longer = extra[i] + axis.pad_begin - axis.pad_end;
    axis.pad_end = axis.pad_begin;
    extra[i] = std::max<int64_t>(longer, 0);
    is_cut = is_cut || longer < 0;
    ranges.push_back({longer < 0 ? ":" + std::to_string(longer) : ":"});
  }
  const Convolution kind{"nn.ConvTranspose", "F.conv_transpose", weight[0],
                         weight[1] * node.integer("group")};
  const Code y = written(node, kind, node.in(0), weight, window_arguments(node, window, extra));
  return {is_cut ? item(y, joined(ranges)) : y};
}

}  // namespace

std::vector<SourceRow> pytorch_convolution_rows() {
  return {{"Conv", "", conv}, {"ConvTranspose", "", conv_transpose}};
}

}  // namespace twingrad
