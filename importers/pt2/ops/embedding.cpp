#include <array>

#include "importers/pt2/ops/families.h"
#include "importers/pt2/ops/formulas.h"
#include "ir/error.h"

namespace twingrad::aten {
namespace {

// The row of `padding_idx` is read, but gets no gradient.
Expr rows_of(Expr weight, Expr indices, int64_t padding) {
  const Expr rows = gather(weight, indices, 0);
  if (padding < 0) return rows;
  const Expr padded = equal(indices, indices.like(static_cast<double>(padding)));
  return where(unsqueeze(padded, std::array{indices.rank()}), stop_gradient(rows), rows);
}

Expr embedding(Call c) {
  if (c.flag("scale_grad_by_freq")) fail_unsupported("scale_grad_by_freq is not supported");
  return rows_of(c.tensor("weight"), c.tensor("indices"), c.integer("padding_idx"));
}

// [bags, indices]: which index lies in which bag.
Expr membership(Call c, Expr indices, Expr offsets) {
  const Expr count = extent_along(indices, 0);
  const Expr zero = count.like(0);
  const Expr place = zero.apply("Range", {count, count.like(1)});
  Expr starts = cast(offsets, DataType::kInt64);
  Expr ends = as_vector(count);
  if (c.flag("include_last_offset")) {
    ends = starts.apply("Slice", {starts.integers({1}), starts.integers({INT64_MAX})});
    starts = starts.apply("Slice", {starts.integers({0}), starts.integers({-1})});
  } else {
    ends = concat(
        std::array{starts.apply("Slice", {starts.integers({1}), starts.integers({INT64_MAX})}),
                   ends},
        0);
  }
  const std::array last = {int64_t{1}};
  const Expr inside = unsqueeze(starts, last) <= place;
  return inside.apply("And", {place < unsqueeze(ends, last)});
}

enum Mode : int64_t { kSum = 0, kMean = 1, kMax = 2 };

Expr largest_of_bags(Expr rows, Expr inside) {
  // [bags, indices, width], of which the largest along the indices is taken.
  const Expr wide = unsqueeze(rows, std::array{int64_t{0}});
  const Expr in = unsqueeze(inside, std::array{int64_t{2}});
  const double minus_infinity = -std::numeric_limits<double>::infinity();
  const Expr table = where(in, wide, rows.like(minus_infinity));
  const Expr best = table.apply("ArgMax", {}, {{"axis", int64_t{1}}});
  const std::array axis = {int64_t{1}};
  const Expr found = squeeze(table.apply("GatherElements", {best}, {{"axis", int64_t{1}}}), axis);
  return where(found.apply("IsInf"), rows.like(0), found);
}

AtenResults embedding_bag(Call c) {
  if (c.flag("scale_grad_by_freq")) fail_unsupported("scale_grad_by_freq is not supported");
  const Expr weight = c.tensor("weight");
  const Expr indices = c.tensor("indices");
  check(indices.rank() == 1, "bags need indices of one axis");
  const int64_t padding = c.is_none("padding_idx") ? -1 : c.integer("padding_idx");
  Expr inside = membership(c, indices, c.tensor("offsets"));
  if (padding >= 0) {
    const Expr counted = logical_not(equal(indices, indices.like(static_cast<double>(padding))));
    inside = inside.apply("And", {counted});
  }
  Expr rows = gather(weight, indices, 0);
  if (const auto weights = c.optional("per_sample_weights")) {
    rows = rows * unsqueeze(*weights, std::array{int64_t{1}});
  }
  const Expr flags = cast(inside, weight.element());
  const Expr sizes =
      cast(inside, DataType::kInt64)
          .apply("ReduceSum", {indices.apply("Shape").integers({1})}, {{"keepdims", int64_t{0}}});
  Expr bags = rows;
  if (c.integer("mode") == kMax) {
    bags = largest_of_bags(rows, inside);
  } else {
    bags = matmul(flags, rows);
    if (c.integer("mode") == kMean) {
      const Expr count = cast(sizes.apply("Max", {sizes.like(1)}), weight.element());
      bags = bags / unsqueeze(count, std::array{int64_t{1}});
    }
  }
  return AtenResults::of({bags.id(), kNoValue, sizes.id(), kNoValue});
}

}  // namespace

std::vector<AtenRow> embedding_rows() {
  constexpr std::string_view kBag =
      "weight, indices, offsets, scale_grad_by_freq=False, mode=0, sparse=False, "
      "per_sample_weights=None, include_last_offset=False, padding_idx=-1";
  return {
      {"aten.embedding.default",
       "weight, indices, padding_idx=-1, scale_grad_by_freq=False, sparse=False", embedding},
      {"aten.embedding_bag.default aten.embedding_bag.padding_idx aten._embedding_bag.default "
       "aten._embedding_bag_forward_only.default",
       kBag, embedding_bag},
  };
}

}  // namespace twingrad::aten
