#include <algorithm>
#include <array>

#include "importers/pt2/ops/families.h"
#include "importers/pt2/ops/formulas.h"
#include "ir/error.h"

namespace twingrad::aten {
namespace {

// PyTorch's 0 is an extent of no elements, ONNX's without `allowzero` that of the input. Both know
// -1, ONNX not beside `allowzero` and a 0.
Expr viewed(Expr x, Call c, std::string_view name) {
  bool inferred = false;
  for (const TorchNumber& number : c.numbers(name)) {
    inferred = inferred || (number.known() && number.integer == -1);
  }
  return x.apply("Reshape", {c.extents(name)}, {{"allowzero", int64_t{!inferred}}});
}

// x under its own extents, with those of [first, last] in the place of some others.
Expr with_extents(Expr x, int64_t first, int64_t last, Expr middle) {
  std::vector<Expr> parts;
  for (int64_t axis = 0; axis < first; ++axis) parts.push_back(as_vector(extent_along(x, axis)));
  parts.push_back(middle);
  for (int64_t axis = last + 1; axis < x.rank(); ++axis) {
    parts.push_back(as_vector(extent_along(x, axis)));
  }
  return x.apply("Reshape", {concat(parts, 0)}, {{"allowzero", int64_t{0}}});
}

Expr flattened(Call c) {
  const Expr x = self(c);
  if (x.rank() == 0) return reshape(x, std::array{int64_t{1}});
  const int64_t first = axis_of(c, "start_dim", x.rank());
  const int64_t last = axis_of(c, "end_dim", x.rank());
  check(first <= last, "start_dim is behind end_dim");
  return with_extents(x, first, last, x.integers({-1}));
}

Expr unflattened(Call c) {
  const Expr x = self(c);
  const int64_t axis = axis_of(c, "dim", x.rank());
  return with_extents(x, axis, axis, c.extents("sizes"));
}

Expr permuted(Call c) {
  const Expr x = self(c);
  std::vector<int64_t> order = c.integers("dims");
  for (int64_t& axis : order) axis = normalized_axis(axis, x.rank());
  return transpose(x, order);
}

Expr moved(Call c, std::string_view source, std::string_view destination) {
  const Expr x = self(c);
  std::vector<int64_t> from = c.integers(source);
  std::vector<int64_t> to = c.integers(destination);
  check(from.size() == to.size(), "other axes to move than places to move them to");
  std::vector<int64_t> order(static_cast<size_t>(x.rank()), -1);
  std::vector<bool> used(order.size(), false);
  for (size_t i = 0; i < from.size(); ++i) {
    const int64_t axis = normalized_axis(from[i], x.rank());
    order[static_cast<size_t>(normalized_axis(to[i], x.rank()))] = axis;
    used[static_cast<size_t>(axis)] = true;
  }
  int64_t next = 0;
  for (int64_t& axis : order) {
    if (axis >= 0) continue;
    while (used[static_cast<size_t>(next)]) ++next;
    axis = next++;
  }
  return transpose(x, order);
}

// PyTorch squeezes axes whose extent is 1 and leaves others alone.
Expr squeezed(Expr x, const std::vector<int64_t>& axes) {
  std::vector<int64_t> ones;
  for (const int64_t axis : axes) {
    const Dimension& extent = x.shape()[axis];
    if (extent.known() ? extent.is(1) : false) ones.push_back(axis);
  }
  return squeeze(x, ones);
}

Expr squeezed_axes(Call c) {
  const Expr x = self(c);
  if (x.rank() == 0) return x;
  std::vector<int64_t> axes = c.integers("dim");
  for (int64_t& axis : axes) axis = normalized_axis(axis, x.rank());
  return squeezed(x, axes);
}

// -1 keeps the extent; axes are added in front.
Expr expanded(Call c) {
  const Expr x = self(c);
  const std::vector<TorchNumber> size = c.numbers("size");
  const int64_t lead = static_cast<int64_t>(size.size()) - x.rank();
  check(lead >= 0, "fewer extents than the tensor has");
  std::vector<Expr> parts;
  for (size_t i = 0; i < size.size(); ++i) {
    const int64_t axis = static_cast<int64_t>(i) - lead;
    const bool kept = size[i].known() && size[i].integer == -1;
    check(!kept || axis >= 0, "-1 for an axis that is new");
    parts.push_back(as_vector(kept ? extent_along(x, axis) : c.scalar(size[i], DataType::kInt64)));
  }
  return parts.empty() ? x : expand_to(x, concat(parts, 0));
}

Expr repeated(Call c) {
  Expr x = self(c);
  const std::vector<TorchNumber> repeats = c.numbers(c.is_none("repeats") ? "dims" : "repeats");
  std::vector<int64_t> lead;
  for (int64_t i = 0; i < static_cast<int64_t>(repeats.size()) - x.rank(); ++i) lead.push_back(i);
  x = unsqueeze(x, lead);
  std::vector<Expr> parts;
  for (int64_t i = static_cast<int64_t>(repeats.size()); i < x.rank(); ++i) {
    parts.push_back(x.integers({1}));
  }
  for (const TorchNumber& number : repeats) {
    parts.push_back(as_vector(c.scalar(number, DataType::kInt64)));
  }
  return parts.empty() ? x : x.apply("Tile", {concat(parts, 0)});
}

// Elements at offset + sum of index * stride of a tensor that lies in memory row by row.
Expr strided(Call c) {
  const Expr x = self(c);
  const std::vector<int64_t> size = c.integers("size");
  const std::vector<int64_t> strides = c.integers("stride");
  check(size.size() == strides.size(), "as many strides as extents");
  Expr index =
      integer_scalar(x.builder(), c.is_none("storage_offset") ? 0 : c.integer("storage_offset"));
  for (size_t i = 0; i < size.size(); ++i) {
    const Expr steps =
        index.like(0).apply("Range", {index.like(static_cast<double>(size[i])), index.like(1)});
    std::vector<int64_t> axes;
    for (size_t k = i + 1; k < size.size(); ++k) axes.push_back(static_cast<int64_t>(k - i));
    index = index + unsqueeze(steps * static_cast<double>(strides[i]), axes);
  }
  return gather(reshape(x, std::array{int64_t{-1}}), index, 0);
}

Expr diagonal(Call c) {
  Expr x = self(c);
  const int64_t a = axis_of(c, "dim1", x.rank());
  const int64_t b = axis_of(c, "dim2", x.rank());
  check(a != b, "two axes are one");
  const int64_t offset = c.integer("offset");
  const int64_t last = x.rank() - 1;
  x = moved_axis(x, a, last);
  x = moved_axis(x, b > a ? b - 1 : b, last);  // [..., dim1, dim2]
  const Expr rows = extent_along(x, last - 1);
  const Expr columns = extent_along(x, last);
  const Expr zero = rows.like(0);
  const Expr first_row = rows.like(static_cast<double>(std::max<int64_t>(0, -offset)));
  const Expr first_column = rows.like(static_cast<double>(std::max<int64_t>(0, offset)));
  const Expr count = (rows - first_row).apply("Min", {columns - first_column}).apply("Max", {zero});
  const Expr steps = zero.apply("Range", {count, zero.like(1)});
  const Expr index = (steps + first_row) * columns + steps + first_column;
  return gather(with_extents(x, last - 1, last, x.integers({-1})), index, last - 1);
}

// Sliding windows of an axis become a last axis.
Expr windows(Call c) {
  const Expr x = self(c);
  const int64_t axis = axis_of(c, "dimension", x.rank());
  const int64_t size = c.integer("size");
  const int64_t step = c.integer("step");
  check(step > 0, "a step of ", step);
  const Expr extent = extent_along(x, axis);
  const Expr zero = extent.like(0);
  const Expr starts = zero.apply(
      "Range", {extent - static_cast<double>(size - 1), zero.like(static_cast<double>(step))});
  const Expr inside = zero.apply("Range", {zero.like(static_cast<double>(size)), zero.like(1)});
  const Expr index = unsqueeze(starts, std::array{int64_t{1}}) + inside;
  return moved_axis(gather(x, index, axis), axis + 1, x.rank());
}

Expr transposed(Call c, std::string_view a, std::string_view b) {
  const Expr x = self(c);
  return swapped_axes(x, axis_of(c, a, x.rank()), axis_of(c, b, x.rank()));
}

}  // namespace

std::vector<AtenRow> shape_rows() {
  return {
      {"aten.view.default aten._unsafe_view.default aten.view_copy.default", "self, size",
       [](Call c) { return viewed(self(c), c, "size"); }},
      {"aten.reshape.default", "self, shape", [](Call c) { return viewed(self(c), c, "shape"); }},
      {"aten.view_as.default aten.reshape_as.default", "self, other",
       [](Call c) { return reshape_as(self(c), c.tensor("other")); }},
      {"aten.flatten.using_ints", "self, start_dim=0, end_dim=-1", flattened},
      {"aten.ravel.default", "self",
       [](Call c) { return reshape(self(c), std::array{int64_t{-1}}); }},
      {"aten.unflatten.int", "self, dim, sizes", unflattened},
      {"aten.permute.default aten.permute_copy.default", "self, dims", permuted},
      {"aten.movedim.intlist aten.moveaxis.intlist aten.movedim.int aten.moveaxis.int",
       "self, source, destination", [](Call c) { return moved(c, "source", "destination"); }},
      {"aten.transpose.int aten.swapdims.default aten.transpose_copy.int", "self, dim0, dim1",
       [](Call c) { return transposed(c, "dim0", "dim1"); }},
      {"aten.swapaxes.default", "self, axis0, axis1",
       [](Call c) { return transposed(c, "axis0", "axis1"); }},
      {"aten.t.default aten.numpy_T.default aten.t_copy.default", "self",
       [](Call c) {
         std::vector<int64_t> order = all_axes(self(c).rank());
         std::ranges::reverse(order);
         return transpose(self(c), order);
       }},
      {"aten.mT.default aten.matrix_H.default aten.adjoint.default aten.mH.default", "self",
       [](Call c) { return swap_last_two(self(c)); }},
      {"aten.squeeze.default aten.squeeze_copy.default", "self",
       [](Call c) { return squeezed(self(c), all_axes(self(c).rank())); }},
      {"aten.squeeze.dim aten.squeeze.dims aten.squeeze_copy.dim aten.squeeze_copy.dims",
       "self, dim", squeezed_axes},
      {"aten.unsqueeze.default aten.unsqueeze_copy.default", "self, dim",
       [](Call c) {
         return unsqueeze(self(c),
                          std::array{normalized_axis(c.integer("dim"), self(c).rank() + 1)});
       }},
      {"aten.expand.default aten.expand_copy.default", "self, size, *, implicit=False", expanded},
      {"aten.broadcast_to.default", "self, size", expanded},
      {"aten.expand_as.default", "self, other",
       [](Call c) { return expand_as(self(c), c.tensor("other")); }},
      {"aten.repeat.default", "self, repeats", repeated},
      {"aten.tile.default", "self, dims, repeats=None", repeated},
      {"aten.as_strided.default aten.as_strided_copy.default",
       "self, size, stride, storage_offset=None", strided},
      {"aten.diagonal.default aten.diagonal_copy.default", "self, offset=0, dim1=0, dim2=1",
       diagonal},
      {"aten.unfold.default aten.unfold_copy.default", "self, dimension, size, step", windows},
      {"aten.resize.default", "self, size", [](Call c) { return viewed(self(c), c, "size"); }},
  };
}

}  // namespace twingrad::aten
