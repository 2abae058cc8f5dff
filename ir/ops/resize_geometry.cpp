#include "ir/ops/resize_geometry.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "ir/error.h"

namespace twingrad {
namespace {

void check_choice(const Attributes& attributes, std::string_view name,
                  std::initializer_list<std::string_view> choices) {
  const std::string& found = attributes.text(name);
  if (std::ranges::find(choices, found) != choices.end()) return;
  std::string list;
  for (const std::string_view choice : choices) {
    list += (list.empty() ? "" : ", ") + std::string(choice);
  }
  fail("attribute ", quoted_name(name), " must be one of ", list, ", found ", quoted_name(found));
}

bool is_given(const Tensor* tensor) {
  return tensor != nullptr && tensor->element_count() > 0;
}

int64_t checked_extent(double extent) {
  check(extent >= 0 && extent < 9e15, "an axis of ", extent, " elements");
  return static_cast<int64_t>(extent);
}

// Sizes say how large the result is, or with another policy how large it may be.
void apply_sizes(const Attributes& attributes, const Tensor& sizes, std::vector<ResizeAxis>& axes) {
  check(sizes.element_count() == static_cast<int64_t>(axes.size()), sizes.element_count(),
        " sizes for ", axes.size(), " axes");
  const std::string& policy = attributes.text("keep_aspect_ratio_policy");
  const std::vector<int64_t> wanted = as_int64(sizes);
  double common = 0;
  for (size_t i = 0; i < axes.size(); ++i) {
    check(wanted[i] >= 0, "a size of ", wanted[i]);
    check(axes[i].input > 0 || wanted[i] == 0, "no elements cannot be resized to ", wanted[i]);
    axes[i].output = wanted[i];
    axes[i].width = static_cast<double>(wanted[i]);
    axes[i].scale = axes[i].input == 0
                        ? 1
                        : static_cast<double>(wanted[i]) / static_cast<double>(axes[i].input);
    const bool smaller = policy == "not_larger" ? axes[i].scale < common : axes[i].scale > common;
    if (i == 0 || smaller) common = axes[i].scale;
  }
  if (policy == "stretch") return;
  for (ResizeAxis& axis : axes) {
    axis.scale = common;
    axis.width = common * static_cast<double>(axis.input);
    axis.output = checked_extent(std::floor(axis.width + 0.5));
  }
}

void apply_scales(const Tensor& scales, std::vector<ResizeAxis>& axes) {
  check(scales.element_count() == static_cast<int64_t>(axes.size()), scales.element_count(),
        " scales for ", axes.size(), " axes");
  for (size_t i = 0; i < axes.size(); ++i) {
    axes[i].scale = element_as_double(scales, static_cast<int64_t>(i));
    check(axes[i].scale > 0 && std::isfinite(axes[i].scale), "a scale of ", axes[i].scale);
    axes[i].width = axes[i].scale * static_cast<double>(axes[i].input);
    axes[i].output = checked_extent(std::floor(axes[i].width));
  }
}

void apply_region(const Tensor& roi, std::vector<ResizeAxis>& axes) {
  const auto count = static_cast<int64_t>(axes.size());
  check(roi.element_count() == 2 * count, "a region of interest of ", roi.element_count(),
        " numbers for ", count, " axes");
  for (int64_t i = 0; i < count; ++i) {
    axes[static_cast<size_t>(i)].start = element_as_double(roi, i);
    axes[static_cast<size_t>(i)].end = element_as_double(roi, count + i);
  }
}

// The place in the input that output element `o` stands for.
double source(const std::string& mode, const ResizeAxis& axis, double o) {
  const auto input = static_cast<double>(axis.input);
  const double width = axis.width;
  if (mode == "align_corners") return width == 1 ? 0 : o * (input - 1) / (width - 1);
  if (mode == "asymmetric") return o / axis.scale;
  if (mode == "tf_half_pixel_for_nn") return (o + 0.5) / axis.scale;
  if (mode == "tf_crop_and_resize") {
    const double span = (axis.end - axis.start) * (input - 1);
    return axis.start * (input - 1) + (width == 1 ? span / 2 : o * span / (width - 1));
  }
  if (mode == "pytorch_half_pixel" && width == 1) return -0.5;
  const double centred = (o + 0.5) / axis.scale - 0.5;
  if (mode != "half_pixel_symmetric") return centred;
  return input / 2 * (1 - static_cast<double>(axis.output) / width) + centred;
}

double cubic_weight(double distance, double a) {
  const double x = std::fabs(distance);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

double linear_weight(double distance) {
  return std::max(1 - std::fabs(distance), 0.0);
}

// An element halfway between two goes to the one that the mode prefers.
int64_t nearest_index(const std::string& mode, double place) {
  const double below = std::floor(place);
  if (place == below || mode == "floor") return static_cast<int64_t>(below);
  if (mode == "ceil") return static_cast<int64_t>(below) + 1;
  const bool up = mode == "round_prefer_ceil" ? place - below >= 0.5 : place - below > 0.5;
  return static_cast<int64_t>(below) + (up ? 1 : 0);
}

// The taps of one output element in its part of `taps`, from input element `first` on.
struct Window {
  int64_t first;
  std::span<double> weights;
};

void normalize(std::span<double> weights) {
  double sum = 0;
  for (const double weight : weights) sum += weight;
  if (sum == 0) return;
  for (double& weight : weights) weight /= sum;
}

// Weights of elements beyond the ends count for the end element, or not at all.
void place(const Window& window, const ResizeAxis& axis, bool exclude_outside, int64_t* indices) {
  for (size_t t = 0; t < window.weights.size(); ++t) {
    const int64_t index = window.first + static_cast<int64_t>(t);
    if (exclude_outside && (index < 0 || index >= axis.input)) window.weights[t] = 0;
    indices[t] = std::clamp<int64_t>(index, 0, axis.input - 1);
  }
  if (exclude_outside) normalize(window.weights);
}

// How far the kernel reaches to each side: 1 for linear, 2 for cubic, more where it is stretched
// over the elements that shrinking skips.
int64_t kernel_reach(const Attributes& attributes, const ResizeAxis& axis) {
  const double support = attributes.text("mode") == "cubic" ? 2 : 1;
  const double scale = attributes.flag("antialias") ? std::min(axis.scale, 1.0) : 1;
  const double reach = std::ceil(support / scale);
  check(reach <= static_cast<double>(2 * axis.input + 2), "a scale of ", axis.scale,
        " is too small to smooth over");
  return static_cast<int64_t>(reach);
}

void nearest_taps(const Attributes& attributes, const ResizeAxis& axis, AxisTaps& taps) {
  const std::string& transformation = attributes.text("coordinate_transformation_mode");
  for (int64_t o = 0; o < axis.output; ++o) {
    const double at = source(transformation, axis, static_cast<double>(o));
    const int64_t index = nearest_index(attributes.text("nearest_mode"), at);
    taps.indices.push_back(std::clamp<int64_t>(index, 0, axis.input - 1));
    taps.weights.push_back(1);
  }
}

void smooth_taps(const Attributes& attributes, const ResizeAxis& axis, AxisTaps& taps) {
  const std::string& transformation = attributes.text("coordinate_transformation_mode");
  const bool cubic = attributes.text("mode") == "cubic";
  const bool antialias = attributes.flag("antialias");
  const bool exclude = attributes.flag("exclude_outside");
  const auto a = static_cast<double>(attributes.real("cubic_coeff_a"));
  const double scale = antialias ? std::min(axis.scale, 1.0) : 1;
  taps.taps = 2 * kernel_reach(attributes, axis);
  const auto count = static_cast<size_t>(axis.output * taps.taps);
  taps.indices.resize(count);
  taps.weights.resize(count);
  for (int64_t o = 0; o < axis.output; ++o) {
    const double at = source(transformation, axis, static_cast<double>(o));
    check(std::fabs(at) < 9e15, "output element ", o, " stands for input element ", at);
    const auto begin = static_cast<size_t>(o * taps.taps);
    const Window window{static_cast<int64_t>(std::floor(at)) - taps.taps / 2 + 1,
                        std::span(taps.weights).subspan(begin, static_cast<size_t>(taps.taps))};
    for (size_t t = 0; t < window.weights.size(); ++t) {
      const double distance =
          (static_cast<double>(window.first + static_cast<int64_t>(t)) - at) * scale;
      window.weights[t] = cubic ? cubic_weight(distance, a) : linear_weight(distance);
    }
    if (antialias) normalize(window.weights);
    place(window, axis, exclude, taps.indices.data() + begin);
  }
}

}  // namespace

void check_resize_attributes(const Attributes& attributes) {
  check_choice(attributes, "mode", {"nearest", "linear", "cubic"});
  check_choice(attributes, "nearest_mode",
               {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"});
  check_choice(attributes, "keep_aspect_ratio_policy", {"stretch", "not_larger", "not_smaller"});
  check_choice(attributes, "coordinate_transformation_mode",
               {"half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners",
                "asymmetric", "tf_crop_and_resize", "tf_half_pixel_for_nn"});
  check(!attributes.flag("antialias") || attributes.text("mode") != "nearest",
        "attribute 'antialias' does not go with mode 'nearest'");
}

std::vector<ResizeAxis> resize_axes(const Attributes& attributes, const Shape& shape,
                                    const ResizeInputs& inputs) {
  std::vector<int64_t> chosen = attributes.integers_or("axes", {});
  if (!attributes.has("axes")) {
    for (int64_t axis = 0; axis < shape.rank(); ++axis) chosen.push_back(axis);
  }
  std::vector<ResizeAxis> axes;
  for (const int64_t given : chosen) {
    const int64_t axis = normalized_axis(given, shape.rank());
    const bool repeated = std::ranges::find(axes, axis, &ResizeAxis::axis) != axes.end();
    check(!repeated, "axis ", given, " is named twice");
    axes.push_back({.axis = axis, .input = shape[axis], .output = shape[axis]});
  }
  check(is_given(inputs.scales) != is_given(inputs.sizes),
        "needs either 'scales' or 'sizes', and not both");
  if (is_given(inputs.sizes)) {
    apply_sizes(attributes, *inputs.sizes, axes);
  } else {
    apply_scales(*inputs.scales, axes);
  }
  if (attributes.text("coordinate_transformation_mode") == "tf_crop_and_resize") {
    check(is_given(inputs.roi), "tf_crop_and_resize needs the input 'roi'");
    apply_region(*inputs.roi, axes);
  }
  return axes;
}

Shape resized_shape(const Shape& shape, std::span<const ResizeAxis> axes) {
  std::vector<int64_t> extents = shape.extents();
  for (const ResizeAxis& axis : axes) extents[static_cast<size_t>(axis.axis)] = axis.output;
  return Shape(std::move(extents));
}

AxisTaps axis_taps(const Attributes& attributes, const ResizeAxis& axis) {
  AxisTaps taps;
  taps.taps = 1;
  taps.outside.resize(static_cast<size_t>(axis.output));
  if (axis.input == 0 || axis.output == 0) return taps;
  if (attributes.text("mode") == "nearest") {
    nearest_taps(attributes, axis, taps);
  } else {
    smooth_taps(attributes, axis, taps);
  }
  const std::string& transformation = attributes.text("coordinate_transformation_mode");
  if (transformation != "tf_crop_and_resize") return taps;
  for (int64_t o = 0; o < axis.output; ++o) {
    const double at = source(transformation, axis, static_cast<double>(o));
    if (at >= 0 && at <= static_cast<double>(axis.input - 1)) continue;
    taps.outside[static_cast<size_t>(o)] = true;
    std::fill_n(taps.weights.begin() + o * taps.taps, taps.taps, 0.0);
  }
  return taps;
}

}  // namespace twingrad
