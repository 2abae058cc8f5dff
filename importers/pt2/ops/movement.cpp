#include <algorithm>
#include <array>

#include "importers/pt2/ops/families.h"
#include "importers/pt2/ops/formulas.h"
#include "ir/error.h"

namespace twingrad::aten {
namespace {

// In the declared type: PyTorch joins tensors of several types.
std::vector<Expr> joined_parts(Call c, std::string_view name) {
  std::vector<Expr> parts;
  for (const Expr& part : c.tensors(name)) parts.push_back(cast(part, c.result_type()));
  check(!parts.empty(), "no tensors to join");
  return parts;
}

// Tensors of shape [0] join whatever the others are.
Expr concatenated(Call c) {
  std::vector<Expr> parts = joined_parts(c, "tensors");
  int64_t rank = 0;
  for (const Expr& part : parts) rank = std::max(rank, part.rank());
  std::erase_if(parts, [rank](const Expr& part) {
    return part.rank() == 1 && rank > 1 && part.shape()[0].is(0);
  });
  return concat(parts, axis_of(c, "dim", rank));
}

Expr stacked(Call c) {
  std::vector<Expr> parts = joined_parts(c, "tensors");
  const int64_t axis = normalized_axis(c.integer("dim"), parts[0].rank() + 1);
  for (Expr& part : parts) part = unsqueeze(part, std::array{axis});
  return concat(parts, axis);
}

Expr stacked_along(Call c, int64_t least_rank, int64_t axis) {
  std::vector<Expr> parts = joined_parts(c, "tensors");
  const bool vectors = axis == 1 && parts[0].rank() == 1 && least_rank == 1;
  for (Expr& part : parts) {
    while (part.rank() < least_rank) part = unsqueeze(part, std::array{int64_t{0}});
  }
  return concat(parts, vectors ? 0 : axis);
}

// [start, end) by steps; PyTorch's steps are positive.
Expr sliced(Call c) {
  const Expr x = self(c);
  const int64_t axis = axis_of(c, "dim", x.rank());
  const auto bound = [&](std::string_view name, int64_t fallback) {
    return c.is_none(name) ? x.integers({fallback}) : as_vector(c.extent(name));
  };
  return x.apply("Slice", {bound("start", 0), bound("end", INT64_MAX), x.integers({axis}),
                           as_vector(c.extent("step"))});
}

Expr selected(Call c) {
  const Expr x = self(c);
  return gather(x, c.extent("index"), axis_of(c, "dim", x.rank()));
}

Expr narrowed(Call c) {
  const Expr x = self(c);
  const int64_t axis = axis_of(c, "dim", x.rank());
  const Expr start = wrapped_index(c.extent("start"), x, axis);
  return x.apply("Slice",
                 {as_vector(start), as_vector(start + c.extent("length")), x.integers({axis})});
}

std::vector<Expr> split_into(Expr x, int64_t axis, std::span<const int64_t> sizes) {
  std::vector<Expr> parts;
  if (sizes.size() == 1) return {x};
  const std::vector<ValueId> ids = x.builder().emit({.op = "Split",
                                                     .inputs = {x.id(), x.integers(sizes).id()},
                                                     .attributes = {{"axis", axis}},
                                                     .output_count = sizes.size()});
  parts.reserve(ids.size());
  for (const ValueId id : ids) parts.emplace_back(x.builder(), id);
  return parts;
}

// Slices of `size` each, as many as the program has results; only the last may be shorter.
std::vector<Expr> split_evenly(Expr x, int64_t axis, Expr size, size_t count) {
  std::vector<Expr> parts;
  Expr start = size.like(0);
  for (size_t i = 0; i < count; ++i) {
    const Expr end = start + size;
    parts.push_back(x.apply("Slice", {as_vector(start), as_vector(end), x.integers({axis})}));
    start = end;
  }
  return parts;
}

AtenResults split(Call c) {
  const Expr x = self(c);
  const int64_t axis = axis_of(c, "dim", x.rank());
  return split_evenly(x, axis, c.extent("split_size"), c.result_count());
}

AtenResults chunked(Call c) {
  const Expr x = self(c);
  const int64_t axis = axis_of(c, "dim", x.rank());
  const Expr count = c.extent("chunks");
  const Expr size = (extent_along(x, axis) + count - 1) / count;
  return split_evenly(x, axis, size, c.result_count());
}

AtenResults split_with_sizes(Call c, std::string_view name) {
  const Expr x = self(c);
  const int64_t axis = axis_of(c, "dim", x.rank());
  const std::vector<TorchNumber> sizes = c.numbers(name);
  if (std::ranges::all_of(sizes, &TorchNumber::known)) {
    return split_into(x, axis, c.integers(name));
  }
  std::vector<Expr> parts;
  Expr start = integer_scalar(c.builder(), 0);
  for (const TorchNumber& size : sizes) {
    const Expr end = start + c.scalar(size, DataType::kInt64);
    parts.push_back(x.apply("Slice", {as_vector(start), as_vector(end), x.integers({axis})}));
    start = end;
  }
  return parts;
}

AtenResults unbound(Call c) {
  const Expr x = self(c);
  const int64_t axis = axis_of(c, "dim", x.rank());
  std::vector<Expr> parts;
  for (size_t i = 0; i < c.result_count(); ++i) {
    parts.push_back(gather(x, integer_scalar(c.builder(), static_cast<int64_t>(i)), axis));
  }
  return parts;
}

Expr flipped(Expr x, std::vector<int64_t> axes) {
  if (axes.empty() || x.rank() == 0) return x;
  const std::vector<int64_t> back(axes.size(), -1);
  const std::vector<int64_t> end(axes.size(), INT64_MIN);
  for (int64_t& axis : axes) axis = normalized_axis(axis, x.rank());
  return x.apply("Slice", {x.integers(back), x.integers(end), x.integers(axes), x.integers(back)});
}

Expr rolled(Call c) {
  Expr x = self(c);
  const std::vector<int64_t> shifts = c.integers("shifts");
  std::vector<int64_t> axes = c.integers("dims");
  const bool flat = axes.empty();
  const Expr whole = x;
  if (flat) {
    x = reshape(x, std::array{int64_t{-1}});
    axes = {0};
  }
  check(shifts.size() == axes.size(), "as many shifts as axes");
  for (size_t i = 0; i < axes.size(); ++i) {
    const int64_t axis = normalized_axis(axes[i], x.rank());
    const Expr extent = extent_along(x, axis);
    const Expr cut = as_vector(extent.like(static_cast<double>(-shifts[i])).apply("Mod", {extent}));
    const std::array parts = {x.apply("Slice", {cut, x.integers({INT64_MAX}), x.integers({axis})}),
                              x.apply("Slice", {x.integers({0}), cut, x.integers({axis})})};
    x = concat(parts, axis);
  }
  return flat ? reshape_as(x, whole) : x;
}

Expr rotated(Call c) {
  const Expr x = self(c);
  std::vector<int64_t> axes = c.integers("dims");
  check(axes.size() == 2, "two axes make a plane");
  for (int64_t& axis : axes) axis = normalized_axis(axis, x.rank());
  switch ((c.integer("k") % 4 + 4) % 4) {
    case 1:
      return swapped_axes(flipped(x, {axes[1]}), axes[0], axes[1]);
    case 2:
      return flipped(x, axes);
    case 3:
      return flipped(swapped_axes(x, axes[0], axes[1]), {axes[1]});
    default:
      return x;
  }
}

// Every element as often as `repeats` says, one number for all.
Expr interleaved(Call c) {
  Expr x = self(c);
  if (c.is_none("dim")) x = reshape(x, std::array{int64_t{-1}});
  const int64_t axis = c.is_none("dim") ? 0 : axis_of(c, "dim", x.rank());
  const Expr repeats = c.extent("repeats");
  const Expr count = extent_along(x, axis) * repeats;
  const Expr index = count.like(0).apply("Range", {count, count.like(1)}) / repeats;
  return gather(x, index, axis);
}

Expr triangle(Call c, bool upper) {
  return self(c).apply("Trilu", {c.extent("diagonal")}, {{"upper", int64_t{upper}}});
}

AtenResults grids(Call c) {
  const std::vector<Expr> parts = c.tensors("tensors");
  const bool swapped = c.text("indexing") == "xy" && parts.size() > 1;
  std::vector<Expr> extents;
  extents.reserve(parts.size());
  for (const Expr& part : parts) extents.push_back(as_vector(part.apply("Size")));
  if (swapped) std::swap(extents[0], extents[1]);
  const Expr shape = concat(extents, 0);
  std::vector<Expr> results;
  for (size_t i = 0; i < parts.size(); ++i) {
    const size_t at = swapped && i < 2 ? 1 - i : i;
    std::vector<int64_t> axes;
    for (size_t k = at + 1; k < parts.size(); ++k) axes.push_back(static_cast<int64_t>(k - at));
    const Expr line = reshape(parts[i], std::array{int64_t{-1}});
    results.push_back(expand_to(unsqueeze(line, axes), shape));
  }
  return results;
}

// The elements of the last axis as a diagonal of zeros.
Expr diagonal_embedded(Call c) {
  const Expr x = self(c);
  const int64_t rank = x.rank() + 1;
  const int64_t a = axis_of(c, "dim1", rank);
  const int64_t b = axis_of(c, "dim2", rank);
  const int64_t offset = c.integer("offset");
  const Expr count = extent_along(x, x.rank() - 1);
  const Expr size = count + static_cast<double>(std::abs(offset));
  const Expr zero = size.like(0);
  const Expr line = zero.apply("Range", {size, zero.like(1)});
  const Expr column = line - static_cast<double>(std::max<int64_t>(offset, 0));
  const Expr row =
      unsqueeze(line, std::array{int64_t{1}}) - static_cast<double>(std::max<int64_t>(-offset, 0));
  const Expr inside = (column >= zero).apply("And", {column < count});
  const Expr on = equal(row, column).apply("And", {inside});
  const Expr spread = gather(x, column.apply("Max", {zero}).apply("Min", {count - 1}), rank - 2);
  const Expr wide = unsqueeze(spread, std::array{rank - 2});
  const Expr square = where(on, wide, wide.like(0));  // [..., dim1, dim2]
  if (a < b) return moved_axis(moved_axis(square, rank - 2, a), rank - 1, b);
  return moved_axis(moved_axis(square, rank - 1, b), rank - 1, a);
}

}  // namespace

std::vector<AtenRow> movement_rows() {
  return {
      {"aten.cat.default aten.concat.default aten.concatenate.default", "tensors, dim=0",
       concatenated},
      {"aten.stack.default", "tensors, dim=0", stacked},
      {"aten.hstack.default", "tensors", [](Call c) { return stacked_along(c, 1, 1); }},
      {"aten.vstack.default aten.row_stack.default", "tensors",
       [](Call c) { return stacked_along(c, 2, 0); }},
      {"aten.slice.Tensor aten.slice_copy.Tensor", "self, dim=0, start=None, end=None, step=1",
       sliced},
      {"aten.select.int aten.select_copy.int", "self, dim, index", selected},
      {"aten.narrow.default aten.narrow_copy.default", "self, dim, start, length", narrowed},
      {"aten.split.Tensor aten.split_copy.Tensor aten.unsafe_split.Tensor",
       "self, split_size, dim=0", split},
      {"aten.split.sizes", "self, split_size, dim=0",
       [](Call c) { return split_with_sizes(c, "split_size"); }},
      {"aten.split_with_sizes.default aten.split_with_sizes_copy.default "
       "aten.unsafe_split_with_sizes.default",
       "self, split_sizes, dim=0", [](Call c) { return split_with_sizes(c, "split_sizes"); }},
      {"aten.chunk.default aten.unsafe_chunk.default", "self, chunks, dim=0", chunked},
      {"aten.unbind.int aten.unbind_copy.int", "self, dim=0", unbound},
      {"aten.flip.default", "self, dims",
       [](Call c) { return flipped(self(c), c.integers("dims")); }},
      {"aten.fliplr.default", "self", [](Call c) { return flipped(self(c), {1}); }},
      {"aten.flipud.default", "self", [](Call c) { return flipped(self(c), {0}); }},
      {"aten.roll.default", "self, shifts, dims=[]", rolled},
      {"aten.rot90.default", "self, k=1, dims=[0;1]", rotated},
      {"aten.repeat_interleave.self_int", "self, repeats, dim=None, *, output_size=None",
       interleaved},
      {"aten.tril.default", "self, diagonal=0", [](Call c) { return triangle(c, false); }},
      {"aten.triu.default", "self, diagonal=0", [](Call c) { return triangle(c, true); }},
      {"aten.meshgrid.default", "tensors, indexing='ij'", grids},
      {"aten.meshgrid.indexing", "tensors, *, indexing", grids},
      {"aten.diag_embed.default", "self, offset=0, dim1=-2, dim2=-1", diagonal_embedded},
  };
}

}  // namespace twingrad::aten
