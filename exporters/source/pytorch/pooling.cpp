#include <cmath>
#include <numeric>

#include "exporters/source/python_literal.h"
#include "exporters/source/pytorch/padding.h"
#include "exporters/source/pytorch/pytorch.h"
#include "exporters/source/resized_axes.h"
#include "exporters/source/sliding_window_of.h"
#include "ir/error.h"

namespace twingrad {
namespace {

std::string dims_of(const NodeWriter& node) {
  return std::to_string(node.rank() - 2) + "d";
}

Codes window_arguments(const SlidingWindow& window, const Code& x) {
  const auto kernel = per_axis(window, [](const auto& a) { return a.kernel; });
  const auto stride = per_axis(window, [](const auto& a) { return a.stride; });
  const auto padding = per_axis(window, [](const auto& a) { return a.pad_begin; });
  Codes arguments = {x, one_or_tuple(kernel)};
  if (stride != kernel) arguments.push_back(keyword("stride", one_or_tuple(stride)));
  if (!all_are(padding, 0)) arguments.push_back(keyword("padding", one_or_tuple(padding)));
  if (window.ceil_mode) arguments.push_back(keyword("ceil_mode", {"True"}));
  return arguments;
}

Codes max_pool(NodeWriter& node) {
  if (node.wants(1)) fail_unsupported("output Indices");
  SlidingWindow window = sliding_window_of(node, node.node().attributes.integers("kernel_shape"));
  Code x = node.in(0);
  bool fits = is_symmetric(window);
  for (const WindowAxis& axis : window.axes) fits = fits && 2 * axis.pad_begin <= axis.kernel;
  if (!fits) x = padded(x, window, "float(\"-inf\")");
  Codes arguments = window_arguments(window, x);
  const auto dilation = per_axis(window, [](const auto& a) { return a.dilation; });
  if (!all_are(dilation, 1)) arguments.push_back(keyword("dilation", one_or_tuple(dilation)));
  return {call("F.max_pool" + dims_of(node), arguments)};
}

Codes average_pool(NodeWriter& node) {
  SlidingWindow window = sliding_window_of(node, node.node().attributes.integers("kernel_shape"));
  const bool counts_pads = node.flag("count_include_pad");
  const bool has_pads = !is_symmetric(window) || window.axes[0].pad_begin > 0;
  const auto dilation = per_axis(window, [](const auto& a) { return a.dilation; });
  if (!all_are(dilation, 1)) fail_unsupported("dilations");
  if (window.ceil_mode && has_pads) fail_unsupported("ceil_mode with pads");
  const std::string function = "F.avg_pool" + dims_of(node);
  if (!is_symmetric(window)) {
    SlidingWindow of_ones = window;
    const Code x = padded(node.in(0), window, "0");
    const Code mean = call(function, window_arguments(window, x));
    if (counts_pads) return {mean};
    const Code ones = padded(call("torch.ones_like", {node.in(0)}), of_ones, "0");
    return {infix(mean, "/", call(function, window_arguments(of_ones, ones)))};
  }
  Codes arguments = window_arguments(window, node.in(0));
  if (has_pads && !counts_pads) arguments.push_back(keyword("count_include_pad", {"False"}));
  return {call(function, arguments)};
}

Codes global_pool(NodeWriter& node, std::string_view function) {
  std::vector<int64_t> axes(static_cast<size_t>(node.rank() - 2));
  std::iota(axes.begin(), axes.end(), 2);
  return {call(function,
               {node.in(0), keyword("dim", python_tuple(axes)), keyword("keepdim", {"True"})})};
}

Codes global_average_pool(NodeWriter& node) {
  return global_pool(node, "torch.mean");
}

Codes global_max_pool(NodeWriter& node) {
  return global_pool(node, "torch.amax");
}

// The names of F.interpolate's modes by the number of axes that are resized.
std::string interpolation(const NodeWriter& node, int64_t spatial) {
  const std::string& mode = node.text("mode");
  if (mode == "nearest") return "nearest";
  if (mode == "linear" && spatial >= 1 && spatial <= 3) {
    return spatial == 1 ? "linear" : (spatial == 2 ? "bilinear" : "trilinear");
  }
  if (mode == "cubic" && spatial == 2 && node.real("cubic_coeff_a") == -0.75F) return "bicubic";
  fail_unsupported("mode ", mode, " over ", spatial, " axes");
}

// F.interpolate rounds down; where an axis grows by a whole number every rule of rounding does.
bool is_nearest_of_torch(const NodeWriter& node, const std::vector<double>& scales) {
  const std::string& transformation = node.text("coordinate_transformation_mode");
  if (transformation == "asymmetric" && node.text("nearest_mode") == "floor") return true;
  bool whole = transformation == "half_pixel" || transformation == "pytorch_half_pixel" ||
               transformation == "asymmetric";
  if (transformation == "asymmetric" && node.text("nearest_mode") == "ceil") return false;
  for (const double scale : scales) whole = whole && scale >= 1 && scale == std::floor(scale);
  return whole && (transformation != "asymmetric");
}

std::vector<double> resize_scales(const NodeWriter& node, std::vector<int64_t>& sizes) {
  std::vector<double> scales;
  for (int64_t axis = 0; axis < node.rank(); ++axis) {
    if (node.has(2) && node.known(2) != nullptr && node.known(2)->element_count() > 0) {
      scales.push_back(element_as_double(*node.known(2), axis));
    } else if (axis < 2 && is_kept(node, axis)) {
      sizes.push_back(0);
      scales.push_back(1);
    } else {
      sizes.push_back(resized_extent(node, axis));
      scales.push_back(static_cast<double>(sizes.back()) /
                       static_cast<double>(node.extent(0, axis)));
    }
  }
  return scales;
}

Codes resize(NodeWriter& node) {
  const Attributes& attributes = node.node().attributes;
  if (attributes.has("axes")) fail_unsupported("axes");
  if (node.text("keep_aspect_ratio_policy") != "stretch")
    fail_unsupported("keep_aspect_ratio_policy");
  const int64_t spatial = node.rank() - 2;
  const std::string mode = interpolation(node, spatial);
  std::vector<int64_t> sizes;
  std::vector<double> scales = resize_scales(node, sizes);
  if (scales[0] != 1 || scales[1] != 1) fail_unsupported("resizing of the first two axes");
  scales.erase(scales.begin(), scales.begin() + 2);
  const std::string& transformation = node.text("coordinate_transformation_mode");
  Codes arguments = {node.in(0)};
  if (!sizes.empty()) {
    sizes.erase(sizes.begin(), sizes.begin() + 2);
    arguments.push_back(keyword("size", python_tuple(sizes)));
  } else {
    Codes factors;
    for (const double scale : scales) factors.push_back(python_real(scale, DataType::kDouble));
    arguments.push_back(keyword("scale_factor", tuple_of(factors)));
  }
  arguments.push_back(keyword("mode", python_string(mode)));
  if (mode == "nearest") {
    if (is_nearest_of_torch(node, scales)) return {call("F.interpolate", arguments)};
    const bool exact =
        transformation == "half_pixel" && node.text("nearest_mode") == "round_prefer_ceil";
    if (!exact) fail_unsupported("this rule of rounding");
    arguments.back() = keyword("mode", python_string("nearest-exact"));
  } else if (transformation == "align_corners") {
    arguments.push_back(keyword("align_corners", {"True"}));
  } else if (transformation == "half_pixel" || transformation == "pytorch_half_pixel") {
    arguments.push_back(keyword("align_corners", {"False"}));
  } else {
    fail_unsupported("coordinate_transformation_mode ", transformation);
  }
  if (node.flag("antialias")) {
    if (spatial != 2 || transformation == "align_corners") fail_unsupported("antialias");
    arguments.push_back(keyword("antialias", {"True"}));
  }
  return {call("F.interpolate", arguments)};
}

Codes pad(NodeWriter& node) {
  const std::vector<int64_t> pads = node.integers(1);
  std::vector<int64_t> axes(static_cast<size_t>(node.rank()));
  std::iota(axes.begin(), axes.end(), 0);
  if (node.has(3)) axes = node.integers(3);
  std::vector<int64_t> begins(static_cast<size_t>(node.rank()), 0);
  std::vector<int64_t> ends = begins;
  for (size_t i = 0; i < axes.size(); ++i) {
    const auto axis = static_cast<size_t>(node.axis(axes[i]));
    begins[axis] = pads[i];
    ends[axis] = pads[i + axes.size()];
  }
  size_t first = 0;
  while (first + 1 < begins.size() && begins[first] == 0 && ends[first] == 0) ++first;
  std::vector<int64_t> sizes;
  for (size_t axis = begins.size(); axis > first; --axis) {
    sizes.push_back(begins[axis - 1]);
    sizes.push_back(ends[axis - 1]);
  }
  Codes arguments = {node.in(0), python_tuple(sizes)};
  const std::string& mode = node.text("mode");
  if (mode == "constant") {
    if (node.has(2)) {
      if (node.number(2) != 0)
        arguments.push_back(keyword("value", node.real_code(node.number(2))));
    }
  } else {
    const std::string name = mode == "edge" ? "replicate" : (mode == "wrap" ? "circular" : mode);
    if (first < 2 || node.rank() - static_cast<int64_t>(first) > 3) {
      fail_unsupported("mode ", mode, " on these axes");
    }
    arguments.push_back(keyword("mode", python_string(name)));
  }
  return {call("F.pad", arguments)};
}

}  // namespace

std::vector<SourceRow> pytorch_pooling_rows() {
  return {{"MaxPool", "", max_pool},
          {"AveragePool", "", average_pool},
          {"GlobalAveragePool", "", global_average_pool},
          {"GlobalMaxPool", "", global_max_pool},
          {"Resize", "", resize},
          {"Pad", "", pad}};
}

}  // namespace twingrad
