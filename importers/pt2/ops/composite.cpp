#include <algorithm>
#include <array>

#include "importers/pt2/ops/families.h"
#include "importers/pt2/ops/formulas.h"
#include "ir/error.h"

namespace twingrad::aten {
namespace {

// Operators that PyTorch itself writes with others.

constexpr std::array kFront = {int64_t{0}};

AtenResults broadcast_all(Call c) {
  const std::vector<Expr> parts = c.tensors("tensors");
  check(!parts.empty(), "no tensors");
  Expr sum = cast(parts[0], DataType::kBool);
  for (const Expr& part : parts) sum = sum.apply("Or", {cast(part, DataType::kBool)});
  const Expr shape = shape_of(sum);
  std::vector<Expr> results;
  results.reserve(parts.size());
  for (const Expr& part : parts) results.push_back(expand_to(part, shape));
  return results;
}

Expr at_least(Expr x, int64_t rank) {
  if (x.rank() == 0) x = unsqueeze(x, kFront);
  if (rank >= 2 && x.rank() == 1) x = unsqueeze(x, kFront);
  if (rank >= 3 && x.rank() == 2) x = unsqueeze(x, std::array{int64_t{2}});
  return x;
}

AtenEmit of_rank(int64_t rank) {
  return [rank](Call c) { return at_least(self(c), rank); };
}
AtenEmit all_of_rank(int64_t rank) {
  return [rank](Call c) {
    std::vector<Expr> results;
    for (const Expr& x : c.tensors("tensors")) results.push_back(at_least(x, rank));
    return AtenResults(results);
  };
}

Expr columns(Call c) {
  std::vector<Expr> parts;
  for (const Expr& x : c.tensors("tensors")) {
    Expr y = at_least(cast(x, c.result_type()), 1);
    parts.push_back(y.rank() == 1 ? unsqueeze(y, std::array{int64_t{1}}) : y);
  }
  return concat(parts, 1);
}

Expr in_depth(Call c) {
  std::vector<Expr> parts;
  for (const Expr& x : c.tensors("tensors")) parts.push_back(at_least(cast(x, c.result_type()), 3));
  return concat(parts, 2);
}

// x[1:] - x[:-1], some times over.
Expr differences(Call c) {
  Expr x = self(c);
  const int64_t axis = axis_of(c, "dim", x.rank());
  std::vector<Expr> parts;
  if (const auto before = c.optional("prepend")) parts.push_back(*before);
  parts.push_back(x);
  if (const auto after = c.optional("append")) parts.push_back(*after);
  if (parts.size() > 1) x = concat(parts, axis);
  const int64_t times = c.integer("n");
  check(times >= 0 && times < 1000, times, " differences");
  for (int64_t i = 0; i < times; ++i) x = slice(x, axis, 1, INT64_MAX) - slice(x, axis, 0, -1);
  return x;
}

Expr heaviside(Call c) {
  const Expr x = self(c);
  return where(equal(x, x.like(0)), c.operand("values", x.element()),
               where(x < x.like(0), x.like(0), x.like(1)));
}

// Whether each element is one of the others.
Expr contained(Call c) {
  const DataType type = promoted_type(c, {"elements", "test_elements"});
  const Expr x = c.operand("elements", type);
  const Expr others = reshape(c.operand("test_elements", type), std::array{int64_t{-1}});
  const Expr same = cast(equal(unsqueeze(x, std::array{x.rank()}), others), DataType::kInt32);
  const Expr found = same.apply("ReduceMax", {same.integers({-1})}, {{"keepdims", int64_t{0}}});
  const Expr result = cast(found, DataType::kBool);
  return c.flag("invert") ? logical_not(result) : result;
}

Expr kronecker(Call c) {
  Expr a = self(c);
  Expr b = c.tensor("other");
  while (a.rank() < b.rank()) a = unsqueeze(a, kFront);
  while (b.rank() < a.rank()) b = unsqueeze(b, kFront);
  std::vector<int64_t> after;
  std::vector<int64_t> before;
  for (int64_t axis = 0; axis < a.rank(); ++axis) {
    after.push_back(2 * axis + 1);
    before.push_back(2 * axis);
  }
  const Expr shape = shape_of(a) * shape_of(b);
  return reshape(unsqueeze(a, after) * unsqueeze(b, before), shape);
}

Expr chain(Call c) {
  const std::vector<Expr> parts = c.tensors("tensors");
  check(!parts.empty(), "no matrices");
  Expr product = parts[0];
  for (size_t i = 1; i < parts.size(); ++i) product = matmul(product, parts[i]);
  return product;
}

// Sums of products over axes of both.
Expr contracted(Call c) {
  const Expr a = self(c);
  const Expr b = c.tensor("other");
  std::vector<int64_t> of_a = c.integers("dims_self");
  std::vector<int64_t> of_b = c.integers("dims_other");
  for (int64_t& axis : of_a) axis = normalized_axis(axis, a.rank());
  for (int64_t& axis : of_b) axis = normalized_axis(axis, b.rank());
  check(of_a.size() == of_b.size(), "other axes of one than of the other");
  std::vector<int64_t> free_a = all_axes(a.rank());
  std::vector<int64_t> free_b = all_axes(b.rank());
  std::erase_if(free_a, [&](int64_t axis) { return std::ranges::count(of_a, axis) > 0; });
  std::erase_if(free_b, [&](int64_t axis) { return std::ranges::count(of_b, axis) > 0; });
  const Expr inner = count_along(b, of_b, DataType::kInt64);
  std::vector<Expr> shape;
  shape.reserve(free_a.size() + free_b.size());
  for (const int64_t axis : free_a) shape.push_back(as_vector(extent_along(a, axis)));
  for (const int64_t axis : free_b) shape.push_back(as_vector(extent_along(b, axis)));
  std::vector<int64_t> order_a = free_a;
  order_a.insert(order_a.end(), of_a.begin(), of_a.end());
  std::vector<int64_t> order_b = of_b;
  order_b.insert(order_b.end(), free_b.begin(), free_b.end());
  const std::array rows = {a.integers({-1}), as_vector(inner)};
  const std::array lines = {as_vector(inner), a.integers({-1})};
  const Expr product = matmul(reshape(transpose(a, order_a), concat(rows, 0)),
                              reshape(transpose(b, order_b), concat(lines, 0)));
  return shape.empty() ? reshape(product, std::vector<int64_t>())
                       : reshape(product, concat(shape, 0));
}

// log of the running sums of e^x: each against the largest before it.
Expr log_cumulative_sum(Call c) {
  const Expr x = self(c);
  if (x.rank() == 0) return x.apply("Identity");
  const int64_t axis = axis_of(c, "dim", x.rank());
  const int64_t last = x.rank() - 1;
  const Expr y = unsqueeze(moved_axis(x, axis, last), std::array{last});
  const Expr extent = extent_along(y, last + 1);
  const Expr line = extent.like(0).apply("Range", {extent, extent.like(1)});
  const Expr later = unsqueeze(line, std::array{int64_t{1}}) < line;
  const Expr table = where(later, y.like(-std::numeric_limits<double>::infinity()), y);
  const Expr sums = table.apply("ReduceLogSumExp", {y.integers({-1})}, {{"keepdims", int64_t{0}}});
  return moved_axis(sums, last, axis);
}

// How many boundaries lie below (or at) each value.
Expr sorted_places(Call c, std::string_view boundaries, std::string_view values) {
  const DataType type = promoted_type(c, {boundaries, values});
  const Expr sorted = c.operand(boundaries, type);
  const Expr x = c.operand(values, type);
  const bool right = c.flag("right");
  const Expr column = unsqueeze(x, std::array{x.rank()});
  const Expr line = sorted.rank() > 1 ? unsqueeze(sorted, std::array{sorted.rank() - 1}) : sorted;
  const Expr below = right ? line <= column : line < column;
  const Expr count = cast(below, DataType::kInt64);
  return cast(count.apply("ReduceSum", {count.integers({-1})}, {{"keepdims", int64_t{0}}}),
              c.result_type());
}

AtenResults split_at(Call c) {
  const Expr x = self(c);
  const int64_t axis = axis_of(c, "dim", x.rank());
  std::vector<int64_t> places = c.integers("indices");
  places.push_back(INT64_MAX);
  std::vector<Expr> parts;
  int64_t start = 0;
  for (const int64_t place : places) {
    parts.push_back(slice(x, axis, start, place));
    start = place;
  }
  return parts;
}

// As even as it goes, the longer ones first.
AtenResults split_sections(Call c) {
  const Expr x = self(c);
  const int64_t axis = axis_of(c, "dim", x.rank());
  const Dimension& extent = x.shape()[axis];
  const int64_t count = c.integer("sections");
  if (!extent.known()) fail_unsupported("an extent is not known");
  check(count > 0 && count <= extent.extent + 1'000'000, count, " sections");
  std::vector<Expr> parts;
  int64_t start = 0;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t end = start + extent.extent / count + (i < extent.extent % count ? 1 : 0);
    parts.push_back(slice(x, axis, start, end));
    start = end;
  }
  return parts;
}

Expr diagonal_matrix(Call c) {
  const Expr x = self(c);
  const int64_t offset = c.integer("diagonal");
  if (x.rank() != 1 || offset != 0) fail_unsupported("only of a vector on the main diagonal");
  const Expr extent = extent_along(x, 0);
  const Expr line = extent.like(0).apply("Range", {extent, extent.like(1)});
  const Expr on = equal(unsqueeze(line, std::array{int64_t{1}}), line);
  return where(on, x, x.like(0));
}

Expr log_x_plus_one_times(Call c) {
  const Expr x = c.operand("self", c.result_type());
  const Expr y = c.operand("other", c.result_type());
  const Expr none = equal(x, x.like(0));
  const Expr safe = where(none, zeros_as(x * y), y);
  return where(none, x.like(0), x * log1p(safe));
}

Expr entropy(Call c) {
  const Expr x = self(c);
  const Expr none = x <= x.like(0);
  const Expr safe = where(none, x.like(1), x);
  const Expr low =
      where(x < x.like(0), x.like(-std::numeric_limits<double>::infinity()), x.like(0));
  return where(none, low, -(safe * log(safe)));
}

// Between the two elements around q (n - 1) in order.
Expr quantile(Call c) {
  Expr x = self(c);
  const Expr q = c.operand("q", x.element());
  if (c.text("interpolation") != "linear") fail_unsupported("only linear interpolation");
  const bool flat = c.is_none("dim");
  if (flat) x = reshape(x, std::array{int64_t{-1}});
  const int64_t axis = flat ? 0 : axis_of(c, "dim", x.rank());
  const Expr extent = extent_along(x, axis);
  const std::vector<ValueId> sorted =
      c.builder().emit({.op = "TopK",
                        .inputs = {x.id(), as_vector(extent).id()},
                        .attributes = {{"axis", axis}, {"largest", int64_t{0}}},
                        .output_count = 2});
  const Expr line(c.builder(), sorted[0]);
  const Expr place = q * cast(extent - 1, x.element());
  const Expr low = place.apply("Floor");
  // Several quantiles stand along a first axis.
  const auto at = [&](Expr index) {
    const Expr found = gather(line, cast(index, DataType::kInt64), axis);
    return q.rank() == 0 ? found : moved_axis(found, axis, 0);
  };
  Expr share = place - low;
  for (int64_t i = 1; q.rank() > 0 && i < x.rank(); ++i) share = unsqueeze(share, std::array{i});
  const Expr a = at(low);
  const Expr result = a + share * (at(place.apply("Ceil")) - a);
  if (!c.flag("keepdim")) return result;
  if (flat) fail_unsupported("keepdim without an axis");
  return unsqueeze(result, std::array{axis + q.rank()});
}

}  // namespace

std::vector<AtenRow> composite_rows() {
  return {
      {"aten.broadcast_tensors.default", "tensors", broadcast_all},
      {"aten.atleast_1d.default", "self", of_rank(1)},
      {"aten.atleast_2d.default", "self", of_rank(2)},
      {"aten.atleast_3d.default", "self", of_rank(3)},
      {"aten.atleast_1d.Sequence", "tensors", all_of_rank(1)},
      {"aten.atleast_2d.Sequence", "tensors", all_of_rank(2)},
      {"aten.atleast_3d.Sequence", "tensors", all_of_rank(3)},
      {"aten.column_stack.default", "tensors", columns},
      {"aten.dstack.default", "tensors", in_depth},
      {"aten.diff.default", "self, n=1, dim=-1, prepend=None, append=None", differences},
      {"aten.heaviside.default", "self, values", heaviside},
      {"aten.isin.Tensor_Tensor", "elements, test_elements, *, assume_unique=False, invert=False",
       contained},
      {"aten.kron.default", "self, other", kronecker},
      {"aten.linalg_multi_dot.default", "tensors", chain},
      {"aten.tensordot.default", "self, other, dims_self, dims_other", contracted},
      {"aten.logcumsumexp.default", "self, dim", log_cumulative_sum},
      {"aten.bucketize.Tensor", "self, boundaries, *, out_int32=False, right=False",
       [](Call c) { return sorted_places(c, "boundaries", "self"); }},
      {"aten.searchsorted.Tensor",
       "sorted_sequence, self, *, out_int32=False, right=False, side=None, sorter=None",
       [](Call c) { return sorted_places(c, "sorted_sequence", "self"); }},
      {"aten.tensor_split.indices", "self, indices, dim=0", split_at},
      {"aten.tensor_split.sections", "self, sections, dim=0", split_sections},
      {"aten.diag.default", "self, diagonal=0", diagonal_matrix},
      {"aten.special_xlog1py.default", "self, other", log_x_plus_one_times},
      {"aten.special_entr.default", "self", entropy},
      {"aten.special_ndtr.default", "self",
       [](Call c) { return ((self(c) * 0.70710678118654752440).apply("Erf") + 1) * 0.5; }},
      {"aten.quantile.default aten.quantile.scalar",
       "self, q, dim=None, keepdim=False, *, interpolation='linear'", quantile},
      {"aten.where.default", "condition",
       [](Call c) {
         const Expr places = c.tensor("condition").apply("NonZero");
         std::vector<Expr> rows;
         for (size_t i = 0; i < c.result_count(); ++i) {
           rows.push_back(gather(places, integer_scalar(c.builder(), static_cast<int64_t>(i)), 0));
         }
         return AtenResults(rows);
       }},
      {"aten.msort.default", "self",
       [](Call c) {
         const Expr x = self(c);
         return Expr(
             c.builder(),
             c.builder().emit({.op = "TopK",
                               .inputs = {x.id(), as_vector(extent_along(x, 0)).id()},
                               .attributes = {{"axis", int64_t{0}}, {"largest", int64_t{0}}},
                               .output_count = 2})[0]);
       }},
      {"aten.isreal.default", "self",
       [](Call c) { return filled(shape_of(self(c)), DataType::kBool, 1); }},
      {"aten.ldexp.Tensor", "self, other",
       [](Call c) {
         const Expr x = cast(self(c), c.result_type());
         return x * pow(x.like(2), c.operand("other", c.result_type()));
       }},
  };
}

}  // namespace twingrad::aten
