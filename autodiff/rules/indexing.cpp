#include <algorithm>
#include <numeric>

#include "autodiff/rules/tables.h"
#include "ir/error.h"

namespace twingrad {
namespace {

using Context = const RuleContext&;

// The part of the cotangent at this operand's place along the axis.
Expr concat_x(Context c) {
  const int64_t axis = normalized_axis(c.attributes().integer("axis"), c.x().rank());
  int64_t first = 0;
  for (size_t i = 0; i <= c.index(); ++i) {
    const Dimension& extent = c.x(i).shape()[axis];
    if (!extent.known()) {
      fail_unsupported("the gradient of Concat needs extents that are known along its axis");
    }
    if (i < c.index()) first += extent.extent;
  }
  return slice(c.g(), axis, first, first + c.x(c.index()).shape()[axis].extent);
}

// Adds rows back: the data with the indexed axis in front, flattened behind it, is scattered into
// by ScatterElements with the indices repeated for every element of a row.
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
  // The indices in the shape of `rows`: along `axis`, repeated over the others.
  std::vector<int64_t> along(static_cast<size_t>(x.rank()), 1);
  along[static_cast<size_t>(axis)] = -1;
  const Expr spread = reshape(indices, along).apply("Expand", {shape_of(rows)});
  return zeros_as(x).apply("ScatterElements", {spread, rows},
                           {{"axis", axis}, {"reduction", std::string("add")}});
}

Expr gather_elements_data(Context c) {
  return zeros_as(c.x(0)).apply(
      "ScatterElements", {c.x(1), c.g()},
      {{"axis", c.attributes().integer("axis")}, {"reduction", std::string("add")}});
}

Expr gather_elements_of(Expr x, Context c) {
  return x.apply("GatherElements", {c.x(1)}, {{"axis", c.attributes().integer("axis")}});
}

void check_reduction(Context c) {
  const std::string& reduction = c.attributes().text("reduction");
  if (reduction != "none" && reduction != "add") {
    fail_unsupported("no gradient for reduction '", reduction, "'");
  }
}

// With "none" the overwritten elements of the data do not reach the output.
Expr scatter_elements_data(Context c) {
  check_reduction(c);
  if (c.attributes().text("reduction") == "add") return c.g();
  return c.g().apply("ScatterElements", {c.x(1), zeros_as(c.x(2))},
                     {{"axis", c.attributes().integer("axis")}});
}

Expr scatter_elements_updates(Context c) {
  check_reduction(c);
  return gather_elements_of(c.g(), c);
}

std::vector<int64_t> known_integers(Context c, size_t i) {
  const auto contents = c.builder().contents(c.x(i).id());
  if (!contents || !contents->known()) {
    fail_unsupported("the gradient of Slice needs bounds that are known beforehand");
  }
  return contents->shape().extents();
}

// Puts the cotangent back at the indices that the slice took, one axis after the other.
Expr slice_data(Context c) {
  const Expr x = c.x(0);
  const std::vector<int64_t> starts = known_integers(c, 1);
  std::vector<int64_t> axes(starts.size());
  std::iota(axes.begin(), axes.end(), 0);
  if (c.has_x(3)) axes = known_integers(c, 3);
  const std::vector<int64_t> steps =
      c.has_x(4) ? known_integers(c, 4) : std::vector<int64_t>(starts.size(), 1);
  Expr g = c.g();
  for (size_t i = 0; i < starts.size(); ++i) {
    const int64_t axis = normalized_axis(axes[i], x.rank());
    const Dimension& extent = x.shape()[axis];
    const Dimension& taken = g.shape()[axis];
    if (!extent.known() || !taken.known()) {
      fail_unsupported("the gradient of Slice needs extents that are known along its axes");
    }
    const int64_t high = steps[i] > 0 ? extent.extent : extent.extent - 1;
    const int64_t first = std::clamp<int64_t>(starts[i] < 0 ? starts[i] + extent.extent : starts[i],
                                              0, std::max<int64_t>(high, 0));
    if (taken.extent == extent.extent && steps[i] == 1) continue;
    std::vector<int64_t> indices(static_cast<size_t>(taken.extent));
    for (int64_t k = 0; k < taken.extent; ++k) {
      indices[static_cast<size_t>(k)] = first + k * steps[i];
    }
    std::vector<int64_t> along(static_cast<size_t>(x.rank()), 1);
    along[static_cast<size_t>(axis)] = -1;
    const Expr spread = reshape(x.integers(indices), along).apply("Expand", {shape_of(g)});
    std::vector<Expr> parts = {slice(shape_of(g), 0, 0, axis), x.integers({extent.extent}),
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
      {"ScatterElements", {scatter_elements_data, nullptr, scatter_elements_updates}},
  };
}

}  // namespace twingrad
