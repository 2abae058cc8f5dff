#include <algorithm>
#include <numeric>

#include "autodiff/rules/positions.h"
#include "autodiff/rules/scattered_rows.h"
#include "autodiff/rules/tables.h"

namespace twingrad {
namespace {

using Context = const RuleContext&;

// The extent along an axis, a vector of one element: a constant where it is known.
Expr extent_along(Expr x, int64_t axis) {
  const Dimension& extent = x.shape()[axis];
  return extent.known() ? x.integers({extent.extent}) : gather(shape_of(x), x.integers({axis}), 0);
}

// The part of the cotangent at this operand's place along the axis.
Expr concat_x(Context c) {
  const int64_t axis = normalized_axis(c.attributes().integer("axis"), c.x().rank());
  Expr first = c.g().integers({0});
  for (size_t i = 0; i < c.index(); ++i) first = first + extent_along(c.x(i), axis);
  const Expr last = first + extent_along(c.x(c.index()), axis);
  return c.g().apply("Slice", {first, last, c.g().integers({axis})});
}

// Adds the rows back, with one axis in the place of those of the indices.
Expr gather_data(Context c) {
  const Expr x = c.x(0);
  const Expr indices = c.x(1);
  const int64_t axis = normalized_axis(c.attributes().integer("axis"), x.rank());
  const int64_t index_rank = indices.rank();
  Expr g = c.g();
  // [lead..., indices..., tail...] -> [lead..., count, tail...]
  const Expr shape = shape_of(g);
  const Expr lead = slice(shape, 0, 0, axis);
  const Expr tail = slice(shape, 0, axis + index_rank, g.rank());
  const std::vector<Expr> parts = {lead, x.integers({-1}), tail};
  const Expr rows = reshape(g, concat(parts, 0));
  return scattered_rows(x, indices, rows, axis);
}

Expr gather_elements_data(Context c) {
  return zeros_as(c.x(0)).apply(
      "ScatterElements", {c.x(1), c.g()},
      {{"axis", c.attributes().integer("axis")}, {"reduction", std::string("add")}});
}

// The axes of a slice where they are known beforehand.
std::optional<std::vector<int64_t>> slice_axes(Context c) {
  const Dimension& count = c.x(1).shape()[0];
  if (!count.known()) return std::nullopt;
  std::vector<int64_t> axes(static_cast<size_t>(count.extent));
  std::iota(axes.begin(), axes.end(), 0);
  if (!c.has_x(3)) return axes;
  const auto contents = c.builder().contents(c.x(3).id());
  if (!contents || !contents->known()) return std::nullopt;
  return contents->shape().extents();
}

// One element of a vector, as a vector.
Expr element_of(Expr vector, size_t i) {
  return gather(vector, vector.integers({static_cast<int64_t>(i)}), 0);
}

Expr slice_at_unknown_axes(Context c) {
  NodeSpec spec;
  spec.op = "Slice";
  spec.inputs = c.node().inputs;
  spec.inputs[0] = positions_of(c.x(0)).id();
  const Expr moved(c.builder(), c.builder().emit(std::move(spec))[0]);
  return added_at_positions(c.x(0), moved, c.g());
}

// Puts the cotangent back at the indices that the slice took, one axis after the other: these
// indices are the same slice of 0, 1, 2, ...
Expr slice_data(Context c) {
  const Expr x = c.x(0);
  const auto axes = slice_axes(c);
  if (!axes || !x.type().shape) return slice_at_unknown_axes(c);
  Expr g = c.g();
  for (size_t i = 0; i < axes->size(); ++i) {
    const int64_t axis = normalized_axis((*axes)[i], x.rank());
    const Expr step = c.has_x(4) ? cast(element_of(c.x(4), i), DataType::kInt64) : x.integers({1});
    const int64_t front = 0;
    const Expr extent = extent_along(x, axis);
    const Expr all =
        Expr(x.builder(), x.builder().constant(Tensor::scalar<int64_t>(0)))
            .apply("Range", {squeeze(extent, std::span(&front, 1)),
                             Expr(x.builder(), x.builder().constant(Tensor::scalar<int64_t>(1)))});
    const Expr taken =
        all.apply("Slice", {cast(element_of(c.x(1), i), DataType::kInt64),
                            cast(element_of(c.x(2), i), DataType::kInt64), x.integers({0}), step});
    std::vector<int64_t> along(static_cast<size_t>(x.rank()), 1);
    along[static_cast<size_t>(axis)] = -1;
    const Expr spread = reshape(taken, along).apply("Expand", {shape_of(g)});
    std::vector<Expr> parts = {slice(shape_of(g), 0, 0, axis), extent,
                               slice(shape_of(g), 0, axis + 1, g.rank())};
    const Expr zeros =
        concat(parts, 0).apply("ConstantOfShape", {}, {{"value", Tensor::zeros(x.element(), {1})}});
    g = zeros.apply("ScatterElements", {spread, g}, {{"axis", axis}});
  }
  return g;
}

}  // namespace

std::vector<DerivativeRow> indexing_derivatives() {
  return {
      {"Concat", {concat_x}},
      {"Slice", {slice_data, nullptr, nullptr, nullptr, nullptr}},
      {"Gather", {gather_data, nullptr}},
      {"GatherElements", {gather_elements_data, nullptr}},
  };
}

}  // namespace twingrad
