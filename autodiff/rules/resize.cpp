#include <optional>

#include "autodiff/rules/tables.h"
#include "autodiff/sweep.h"
#include "ir/error.h"
#include "ir/ops/extents.h"
#include "ir/ops/sampling.h"

namespace twingrad {
namespace {

using Context = const RuleContext&;

ValueId optional_input(Context c, size_t i) {
  return c.has_x(i) ? c.x(i).id() : kNoValue;
}

// A linear map of X but for what is extrapolated: back by its transpose.
Expr resize_x(Context c) {
  return {c.builder(), c.builder().emit_one("ResizeGradient",
                                            {c.g().id(), optional_input(c, 1), optional_input(c, 2),
                                             optional_input(c, 3), shape_of(c.x()).id()},
                                            c.attributes(), kInternalDomain)};
}

// What tf_crop_and_resize reads along one axis: the places in the input, and its taps there.
struct Crop {
  int64_t axis;
  Expr places;
  Expr last;  // the place of the last element
};

// Of the axes that a region has, in its order: it has their starts, then their ends. `y` has the
// shape of the result.
std::vector<Crop> crops_of(Context c, Expr x, Expr y) {
  const Expr region = cast(c.x(1), x.element());
  std::vector<int64_t> axes = c.attributes().integers_or("axes", {});
  if (!c.attributes().has("axes")) {
    for (int64_t axis = 0; axis < x.rank(); ++axis) axes.push_back(axis);
  }
  const auto count = static_cast<int64_t>(axes.size());
  std::vector<Crop> crops;
  for (int64_t k = 0; k < count; ++k) {
    const int64_t axis = normalized_axis(axes[static_cast<size_t>(k)], x.rank());
    const std::vector<int64_t> front = {0};
    const Expr number = squeeze(extent_of(y, axis), front);
    const Expr elements = number.like(0).apply("Range", {number, number.like(1)});
    const Expr last = extent_as_number(x, axis) - 1;
    const Expr width = c.has_x(3) && c.x(3).type().shape->known()
                           ? cast(extent_of(y, axis), x.element())
                           : (last + 1) * cast(slice(c.x(2), 0, k, k + 1), x.element());
    const Expr single = equal(width, width.like(1));
    const Expr steps = where(single, width.like(1), width - 1);
    const Expr share = where(single, width.like(0.5), cast(elements, x.element()) / steps);
    const Expr start = slice(region, 0, k, k + 1);
    const Expr end = slice(region, 0, count + k, count + k + 1);
    crops.push_back({axis, last * (start * (1 - share) + end * share), last});
  }
  return crops;
}

// Resize of x written as a formula in which the region can be moved.
Expr cropped(Context c, Expr x, Expr y, double otherwise) {
  Expr value = x;
  std::optional<Expr> inside;
  for (const Crop& crop : crops_of(c, x, y)) {
    std::vector<int64_t> along(static_cast<size_t>(x.rank()), 1);
    along[static_cast<size_t>(crop.axis)] = -1;
    const auto a = static_cast<double>(c.attributes().real("cubic_coeff_a"));
    std::optional<Expr> sum;
    for (const AxisTap& tap : c.attributes().text("mode") == "linear"
                                  ? linear_taps(crop.places)
                                  : cubic_taps(crop.places, a)) {
      const Expr index = bounded(tap.index, tap.index.like(0), crop.last);
      const Expr part =
          gather(value, cast(index, DataType::kInt64), crop.axis) * reshape(tap.weight, along);
      sum = sum ? *sum + part : part;
    }
    value = *sum;
    const Expr here = reshape(
        (crop.places >= crop.places.like(0)).apply("And", {crop.places <= crop.last}), along);
    inside = inside ? inside->apply("And", {here}) : here;
  }
  return inside ? where(*inside, value, value.like(otherwise)) : value;
}

// The gradient by the region of <g, Resize of x>. Only tf_crop_and_resize reads the region; between
// elements the result is smooth in it.
Expr region_gradient(Context c, Expr x, Expr g, double otherwise) {
  const Attributes& attributes = c.attributes();
  const Expr region = c.x(1);
  if (attributes.text("coordinate_transformation_mode") != "tf_crop_and_resize" ||
      attributes.text("mode") == "nearest") {
    return zeros_as(region);
  }
  if (attributes.flag("antialias") || attributes.flag("exclude_outside")) {
    fail_unsupported("no gradient by 'roi' with antialias or exclude_outside");
  }
  Builder& builder = c.builder();
  const bool recording = builder.recording();
  builder.set_recording(true);
  const std::vector<Seed> seeds = {{cropped(c, x, g, otherwise).id(), g.id()}};
  const std::vector<ValueId> wrt = {region.id()};
  const std::vector<ValueId> found =
      gradients(builder, seeds, wrt, {.convention = c.convention(), .create_graph = recording});
  builder.set_recording(recording);
  return found[0] == kNoValue ? zeros_as(region) : Expr(builder, found[0]);
}

Expr resize_region(Context c) {
  const auto otherwise = static_cast<double>(c.attributes().real("extrapolation_value"));
  return region_gradient(c, c.x(), c.g(), otherwise);
}

// <g, its result> is <dY, Resize of g> with nothing outside.
Expr resize_gradient_region(Context c) {
  return region_gradient(c, c.g(), c.x(), 0);
}

Expr resize_gradient_dy(Context c) {
  Attributes attributes = c.attributes();
  attributes.set("extrapolation_value", 0.0F);
  return {c.builder(), c.builder().emit_one("Resize",
                                            {c.g().id(), optional_input(c, 1), optional_input(c, 2),
                                             optional_input(c, 3)},
                                            attributes)};
}

}  // namespace

std::vector<DerivativeRow> resize_derivatives() {
  return {
      {"Resize", {resize_x, resize_region, nullptr, nullptr}},
      {"ResizeGradient",
       {resize_gradient_dy, resize_gradient_region, nullptr, nullptr, nullptr},
       nullptr,
       kInternalDomain},
  };
}

}  // namespace twingrad
