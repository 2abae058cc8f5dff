#include "exporters/source/tree_pooling.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "exporters/source/python_literal.h"
#include "exporters/source/resized_axes.h"
#include "exporters/source/sliding_window_of.h"
#include "ir/error.h"

namespace twingrad {
namespace {

Codes window_arguments(const NodeWriter& node, const SlidingWindow& window) {
  const auto kernel = per_axis(window, [](const auto& a) { return a.kernel; });
  const auto strides = per_axis(window, [](const auto& a) { return a.stride; });
  const auto dilation = per_axis(window, [](const auto& a) { return a.dilation; });
  Codes arguments = {node.in(0), python_tuple(kernel), python_tuple(strides)};
  Codes pads;
  bool padded = false;
  for (const WindowAxis& axis : window.axes) {
    pads.push_back(python_tuple(std::vector<int64_t>{axis.pad_begin, axis.pad_end}));
    padded = padded || axis.pad_begin != 0 || axis.pad_end != 0;
  }
  if (padded) arguments.push_back(keyword("padding", tuple_of(pads)));
  if (!all_are(dilation, 1)) arguments.push_back(keyword("dilation", python_tuple(dilation)));
  return arguments;
}

Codes max_pool(NodeWriter& node) {
  if (node.wants(1)) fail_unsupported("output Indices");
  node.helper("max_pool");
  return {call("max_pool", window_arguments(node, pooling_window(node)))};
}

Codes average_pool(NodeWriter& node) {
  node.helper("avg_pool");
  const SlidingWindow window = pooling_window(node);
  Codes arguments = window_arguments(node, window);
  if (window.ceil_mode && node.flag("count_include_pad")) fail_unsupported("ceil_mode with pads");
  if (node.flag("count_include_pad")) arguments.push_back(keyword("count_pads", {"True"}));
  return {call("avg_pool", arguments)};
}

// A resize of an axis is a product with a matrix, which is made in numbers here.
Codes resize(NodeWriter& node) {
  Code code = node.in(0);
  for (const ResizedAxis& axis : resized_axes(node)) {
    node.helper("resize");
    code = call("resize", {code, python_integer(axis.axis), python_integer(axis.extent),
                           python_real(axis.scale, DataType::kDouble), python_string(axis.mode)});
  }
  return {code};
}

}  // namespace

Codes tree_global_pool(NodeWriter& node, std::string_view function) {
  std::vector<int64_t> axes(static_cast<size_t>(node.rank() - 2));
  std::iota(axes.begin(), axes.end(), 2);
  return {call(function,
               {node.in(0), keyword("axis", python_tuple(axes)), keyword("keepdims", {"True"})})};
}

SlidingWindow pooling_window(const NodeWriter& node) {
  SlidingWindow window = sliding_window_of(node, node.node().attributes.integers("kernel_shape"));
  if (!window.ceil_mode) return window;
  for (size_t i = 0; i < window.rank(); ++i) {
    WindowAxis& axis = window.axes[i];
    const int64_t extent = node.extent(0, static_cast<int64_t>(i) + 2);
    const Dimension count = window_count(window, i, Dimension(extent));
    const int64_t covered = (count.extent - 1) * axis.stride + axis.reach();
    axis.pad_end = std::max(axis.pad_end, covered - extent - axis.pad_begin);
  }
  return window;
}

PadParts pad_parts(const NodeWriter& node) {
  const std::vector<int64_t> pads = node.integers(1);
  std::vector<int64_t> axes(static_cast<size_t>(node.rank()));
  std::iota(axes.begin(), axes.end(), 0);
  if (node.has(3)) axes = node.integers(3);
  std::vector<std::array<int64_t, 2>> widths(static_cast<size_t>(node.rank()), {0, 0});
  for (size_t i = 0; i < axes.size(); ++i) {
    widths[static_cast<size_t>(node.axis(axes[i]))] = {pads[i], pads[i + axes.size()]};
  }
  if (node.is_channels_last()) std::rotate(widths.begin() + 1, widths.begin() + 2, widths.end());
  PadParts parts{node.in(0), {}};
  Codes ranges;
  bool adds = false;
  for (size_t i = 0; i < widths.size(); ++i) {
    const auto [before, after] = widths[i];
    adds = adds || before > 0 || after > 0;
    parts.widths.push_back(
        python_tuple(std::vector{std::max<int64_t>(before, 0), std::max<int64_t>(after, 0)}));
    if (before >= 0 && after >= 0) continue;
    ranges.resize(i + 1, Code{":"});
    ranges[i].text = (before < 0 ? std::to_string(-before) : "") + ":" +
                     (after < 0 ? std::to_string(after) : "");
  }
  if (!ranges.empty()) parts.x = item(parts.x, joined(ranges));
  if (!adds && !ranges.empty()) parts.widths.clear();
  return parts;
}

std::vector<SourceRow> tree_pooling_rows() {
  return {{"MaxPool", "", max_pool}, {"AveragePool", "", average_pool}, {"Resize", "", resize}};
}

}  // namespace twingrad
