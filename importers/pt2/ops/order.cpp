#include <array>

#include "importers/pt2/ops/families.h"
#include "importers/pt2/ops/formulas.h"

namespace twingrad::aten {
namespace {

Expr first_argument(Call c) {
  return c.tensor("self");
}

// max and min with an axis give the gradient to the element whose index they return.
struct Extremum {
  Expr values;
  Expr indices;
};

Extremum chosen(Expr x, int64_t axis, bool keep, std::string_view op) {
  if (x.rank() == 0) return {x.apply("Identity"), integer_scalar(x.builder(), 0)};
  const Expr index = x.apply(op, {}, {{"axis", axis}, {"keepdims", int64_t{1}}});
  const Expr value = x.apply("GatherElements", {index}, {{"axis", axis}});
  const std::array squeezed = {axis};
  if (keep) return {value, index};
  return {squeeze(value, squeezed), squeeze(index, squeezed)};
}

AtenEmit extremum(std::string_view op) {
  return [op](Call c) {
    const Expr x = first_argument(c);
    const Extremum found = chosen(x, axis_of(c, "dim", x.rank()), c.flag("keepdim"), op);
    return AtenResults{found.values, found.indices};
  };
}

AtenEmit position(std::string_view op) {
  return [op](Call c) {
    Expr x = first_argument(c);
    const bool flat = c.is_none("dim");
    const int64_t rank = x.rank();
    if (flat || rank == 0) x = reshape(x, kLine);
    const int64_t axis = flat ? 0 : axis_of(c, "dim", rank);
    const bool keep = c.flag("keepdim");
    const Expr index = x.apply(op, {}, {{"axis", axis}, {"keepdims", int64_t{keep && !flat}}});
    if (rank == 0) return reshape(index, std::vector<int64_t>());
    if (!flat || !keep) return index;
    return reshape(index, std::vector<int64_t>(static_cast<size_t>(rank), 1));
  };
}

AtenResults top(Expr x, int64_t axis, Expr count, bool largest, bool sorted) {
  if (x.rank() == 0) return {x.apply("Identity"), integer_scalar(x.builder(), 0)};
  return AtenResults::of(x.builder().emit(
      {.op = "TopK",
       .inputs = {x.id(), as_vector(count).id()},
       .attributes = {{"axis", axis}, {"largest", int64_t{largest}}, {"sorted", int64_t{sorted}}},
       .output_count = 2}));
}

AtenResults top_k(Call c) {
  const Expr x = first_argument(c);
  return top(x, axis_of(c, "dim", x.rank()), c.extent("k"), c.flag("largest"), c.flag("sorted"));
}

AtenResults sorted(Call c) {
  const Expr x = first_argument(c);
  const int64_t axis = axis_of(c, "dim", x.rank());
  const Expr count = x.rank() == 0 ? integer_scalar(c.builder(), 1) : extent_along(x, axis);
  return top(x, axis, count, c.flag("descending"), true);
}

// The k-th smallest of the axis, k from 0.
AtenResults ranked(Call c, Expr x, int64_t axis, Expr k, bool keep) {
  const AtenResults all = top(x, axis, extent_along(x, axis), false, true);
  std::vector<Expr> results;
  for (const ValueId id : all.ids) {
    const Expr one = gather({c.builder(), id}, k, axis);
    results.push_back(keep ? unsqueeze(one, std::array{axis}) : one);
  }
  return results;
}

AtenResults median(Call c) {
  const Expr x = first_argument(c);
  const int64_t axis = axis_of(c, "dim", x.rank());
  return ranked(c, x, axis, (extent_along(x, axis) - 1) / 2, c.flag("keepdim"));
}

Expr median_of_all(Call c) {
  const Expr x = reshape(first_argument(c), kLine);
  const AtenResults found = ranked(c, x, 0, (extent_along(x, 0) - 1) / 2, false);
  return {c.builder(), found.ids[0]};
}

// The running maximum is the largest of what stands before: a table of all pairs.
AtenResults running_extremum(Call c, bool largest) {
  const Expr x = first_argument(c);
  if (x.rank() == 0) return {x.apply("Identity"), integer_scalar(c.builder(), 0)};
  const int64_t axis = axis_of(c, "dim", x.rank());
  const Expr y = moved_axis(x, axis, x.rank() - 1);
  const Expr extent = extent_along(y, y.rank() - 1);
  const Expr line = extent.like(0).apply("Range", {extent, extent.like(1)});
  const Expr later = unsqueeze(line, std::array{int64_t{1}}) < line;
  const double bound = std::numeric_limits<double>::infinity();
  const Expr row = unsqueeze(y, std::array{y.rank() - 1});
  const Expr beyond = is_floating_point(y.element()) ? y.like(largest ? -bound : bound)
                                                     : y.like(largest ? -9e15 : 9e15);
  const Expr table = where(later, beyond, row);
  // Of equal ones the last counts.
  const Expr index = table.apply(
      largest ? "ArgMax" : "ArgMin", {},
      {{"axis", y.rank()}, {"keepdims", int64_t{0}}, {"select_last_index", int64_t{1}}});
  const Expr value = y.apply("GatherElements", {index}, {{"axis", y.rank() - 1}});
  return {moved_axis(value, y.rank() - 1, axis), moved_axis(index, y.rank() - 1, axis)};
}

}  // namespace

std::vector<AtenRow> order_rows() {
  return {
      {"aten.max.dim", "self, dim, keepdim=False", extremum("ArgMax")},
      {"aten.min.dim", "self, dim, keepdim=False", extremum("ArgMin")},
      {"aten.argmax.default", "self, dim=None, keepdim=False", position("ArgMax")},
      {"aten.argmin.default", "self, dim=None, keepdim=False", position("ArgMin")},
      {"aten.topk.default", "self, k, dim=-1, largest=True, sorted=True", top_k},
      {"aten.sort.default", "self, dim=-1, descending=False", sorted},
      {"aten.sort.stable", "self, *, stable=None, dim=-1, descending=False", sorted},
      {"aten.argsort.default", "self, dim=-1, descending=False",
       [](Call c) { return Expr(c.builder(), sorted(c).ids[1]); }},
      {"aten.kthvalue.default", "self, k, dim=-1, keepdim=False",
       [](Call c) {
         const Expr x = first_argument(c);
         return ranked(c, x, axis_of(c, "dim", x.rank()), c.extent("k") - 1, c.flag("keepdim"));
       }},
      {"aten.median.dim", "self, dim, keepdim=False", median},
      {"aten.median.default", "self", median_of_all},
      {"aten.cummax.default", "self, dim", [](Call c) { return running_extremum(c, true); }},
      {"aten.cummin.default", "self, dim", [](Call c) { return running_extremum(c, false); }},
  };
}

}  // namespace twingrad::aten
