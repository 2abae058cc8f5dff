#include "ir/error.h"
#include "ir/infer.h"
#include "ir/ops/extents.h"
#include "ir/ops/sampling.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

// Grids are in [-1, 1] along every axis, the last axis of the image first.

void infer_grid_sample(InferContext& context) {
  const std::string& mode = context.attributes().text("mode");
  check(mode == "linear" || mode == "nearest" || mode == "cubic",
        "attribute 'mode' must be linear, nearest or cubic, found ", quoted_name(mode));
  const std::string& padding = context.attributes().text("padding_mode");
  check(padding == "zeros" || padding == "border" || padding == "reflection",
        "attribute 'padding_mode' must be zeros, border or reflection, found ",
        quoted_name(padding));
  const PartialShape* image = context.shape(0);
  const PartialShape* grid = context.shape(1);
  if (image == nullptr || grid == nullptr) return;
  check(image->rank() >= 3 && image->rank() == grid->rank(), "an image of shape ", *image,
        " and a grid of shape ", *grid);
  const Dimension& size = (*grid)[grid->rank() - 1];
  check(!size.known() || size.extent == image->rank() - 2, "points of ", size.extent,
        " numbers in an image of shape ", *image);
  PartialShape result{(*image)[0], (*image)[1]};
  for (int64_t axis = 1; axis + 1 < grid->rank(); ++axis) result.append((*grid)[axis]);
  context.set_shape(0, std::move(result));
}

// One axis of the image and what lies beyond its ends.
struct GridAxis {
  Expr extent;
  Expr low;  // the borders: the centres of the first and last element, or their outer edges
  Expr high;
  std::string padding;

  GridAxis(Expr number, bool align_corners, std::string padding_mode)
      : extent(number),
        low(number.like(align_corners ? 0 : -0.5)),
        high(number - (align_corners ? 1 : 0.5)),
        padding(std::move(padding_mode)) {}

  // Mirrored at the borders as often as it takes.
  Expr reflected(Expr x) const {
    const Expr range = high - low;
    const Expr none = equal(range, range.like(0));
    const Expr period = where(none, range.like(1), range * 2);
    const Expr distance = (x - low).apply("Abs");
    const Expr turned = distance - period * (distance / period).apply("Floor");
    const Expr inside = where(turned > range, period - turned, turned);
    return low + where(none, range.like(0), inside);
  }
  // A coordinate beyond the borders.
  Expr brought_inside(Expr x) const {
    if (padding == "zeros") return x;
    const Expr outside = (x < low).apply("Or", {x > high});
    return where(outside, padding == "border" ? bounded(x, x.like(0), extent - 1) : reflected(x),
                 x);
  }
  // An element beyond the ends.
  AxisTap brought_inside(const AxisTap& tap) const {
    if (padding == "zeros") return zero_outside(tap, extent);
    const Expr index = padding == "border" ? tap.index : reflected(tap.index);
    return {bounded(index, index.like(0), extent - 1), tap.weight};
  }
};

std::vector<AxisTap> grid_taps(const Attributes& attributes, const GridAxis& axis, Expr grid) {
  const bool align = attributes.flag("align_corners");
  const Expr place =
      align ? (grid + 1) * 0.5 * (axis.extent - 1) : ((grid + 1) * axis.extent - 1) * 0.5;
  const std::string& mode = attributes.text("mode");
  // A cubic reaches over the borders from wherever it is, as in PyTorch; its elements are brought
  // inside one by one.
  const Expr coordinate =
      mode == "cubic" ? place
                      : axis.brought_inside(mode == "nearest" ? place.apply("Round") : place);
  std::vector<AxisTap> taps = mode == "nearest"  ? nearest_taps(coordinate)
                              : mode == "linear" ? linear_taps(coordinate)
                                                 : cubic_taps(coordinate, -0.75);
  for (AxisTap& tap : taps) tap = axis.brought_inside(tap);
  return taps;
}

std::vector<ValueId> expand_grid_sample(Builder& builder, const Node& node,
                                        std::span<const ValueId> inputs) {
  const Expr given(builder, inputs[0]);
  const Expr image = is_floating_point(given.element()) ? given : cast(given, DataType::kDouble);
  const Expr grid = cast(Expr(builder, inputs[1]), image.element());
  const int64_t axes = image.rank() - 2;
  const Expr points = reshape(grid, joined({extent_of(grid, 0), grid.integers({-1, axes})}));
  std::vector<std::vector<AxisTap>> taps;
  const std::vector<int64_t> last = {2};
  for (int64_t axis = 0; axis < axes; ++axis) {
    const GridAxis along(extent_as_number(image, axis + 2), node.attributes.flag("align_corners"),
                         node.attributes.text("padding_mode"));
    const int64_t component = axes - 1 - axis;
    const Expr place = squeeze(slice(points, 2, component, component + 1), last);
    taps.push_back(grid_taps(node.attributes, along, place));
  }
  const Expr y = interpolated(image, taps);
  const Expr shape = joined(
      {extent_of(image, 0), extent_of(image, 1), slice(shape_of(grid), 0, 1, grid.rank() - 1)});
  return {cast(reshape(y, shape), given.element()).id()};
}

void infer_affine_grid(InferContext& context) {
  const PartialShape* theta = context.shape(0);
  check(theta == nullptr || theta->rank() == 3, "theta must have 3 axes");
  const auto size = context.contents(1);
  if (!size) return;
  check(size->rank() == 4 || size->rank() == 5, "a size of ", size->rank(),
        " extents, expected 4 or 5");
  const int64_t axes = size->rank() - 2;
  if (theta != nullptr) {
    const Dimension& rows = (*theta)[1];
    const Dimension& columns = (*theta)[2];
    check(
        (!rows.known() || rows.extent == axes) && (!columns.known() || columns.extent == axes + 1),
        "theta of shape ", *theta, " for a size of ", size->rank(), " extents");
  }
  PartialShape grid{(*size)[0]};
  for (int64_t axis = 2; axis < size->rank(); ++axis) grid.append((*size)[axis]);
  grid.append(Dimension(axes));
  context.set_shape(0, std::move(grid));
}

// The places of an axis in [-1, 1]: of the centres of its elements, with align_corners stretched so
// that the outermost are at the ends.
Expr normalized_places(Expr count, DataType type, bool align_corners) {
  const Expr number = cast(counted(count), type);
  const Expr extent = cast(count, type);
  if (!align_corners) return (number * 2 + 1) / extent - 1;
  const Expr single = equal(extent, extent.like(1));
  const Expr steps = where(single, extent, extent - 1);
  return where(single, number, number * 2 / steps - 1);
}

// x theta[0] + y theta[1] + ... + theta[last], for all rows of theta at once.
std::vector<ValueId> expand_affine_grid(Builder& builder, const Node& node,
                                        std::span<const ValueId> inputs) {
  const Expr theta(builder, inputs[0]);
  const Expr size(builder, inputs[1]);
  const Dimension& count = size.shape()[0];
  if (!count.known()) fail_unsupported("the number of axes of the grid must be known");
  const int64_t axes = count.extent - 2;
  std::vector<int64_t> between;
  for (int64_t axis = 1; axis <= axes; ++axis) between.push_back(axis);
  const std::vector<int64_t> column = {2};
  const auto factor = [&](int64_t i) {
    return unsqueeze(squeeze(slice(theta, 2, i, i + 1), column), between);
  };
  Expr sum = factor(axes);
  for (int64_t axis = 0; axis < axes; ++axis) {
    const Expr extent = gather(size, size.integers({axis + 2}), 0);
    const Expr places =
        normalized_places(extent, theta.element(), node.attributes.flag("align_corners"));
    std::vector<int64_t> others;
    for (int64_t k = 0; k < axes + 2; ++k) {
      if (k != axis + 1) others.push_back(k);
    }
    sum = sum + unsqueeze(places, others) * factor(axes - 1 - axis);
  }
  return {sum.id()};
}

}  // namespace

std::vector<OpRow> grid_sampling_ops() {
  return {
      {.name = "GridSample",
       .signature = "X:T1, grid:T2 -> Y:T1",
       .types = {{"T1", kClassicTypes}, {"T2", kFloatTypes}},
       .attributes = {defaulted("align_corners", int64_t{0}),
                      defaulted("mode", std::string("linear")),
                      defaulted("padding_mode", std::string("zeros"))},
       .infer = infer_grid_sample,
       .expand = expand_grid_sample},
      {.name = "AffineGrid",
       .signature = "theta:T1, size:int64 -> grid:T1",
       .types = {{"T1", kFloatTypes}},
       .attributes = {defaulted("align_corners", int64_t{0})},
       .infer = infer_affine_grid,
       .expand = expand_affine_grid},
  };
}

}  // namespace twingrad
