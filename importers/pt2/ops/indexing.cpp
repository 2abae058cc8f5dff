#include <array>

#include "importers/pt2/ops/families.h"
#include "importers/pt2/ops/formulas.h"
#include "importers/pt2/ops/index_terms.h"

namespace twingrad::aten {
namespace {

Expr indexed(Call c) {
  const auto indices = c.optional_tensors("indices");
  size_t given = 0;
  size_t axis = 0;
  for (size_t i = 0; i < indices.size(); ++i) {
    if (!indices[i]) continue;
    ++given;
    axis = i;
  }
  const bool mask = given == 1 && indices[axis]->element() == DataType::kBool;
  if (given == 1 && !mask && is_integer(indices[axis]->element())) {
    return gather(self(c), cast(*indices[axis], DataType::kInt64), static_cast<int64_t>(axis));
  }
  return gathered(indexed_tensor(self(c), indices));
}

Expr put(Call c) {
  const Expr x = self(c);
  const Expr values = cast(c.tensor("values"), x.element());
  return scattered(indexed_tensor(x, c.optional_tensors("indices")), values, c.flag("accumulate"));
}

Expr index_select(Call c) {
  Expr x = self(c);
  const bool scalar = x.rank() == 0;
  if (scalar) x = reshape(x, kLine);
  const Expr found =
      gather(x, cast(c.tensor("index"), DataType::kInt64), axis_of(c, "dim", x.rank()));
  return scalar ? reshape(found, std::vector<int64_t>()) : found;
}

// x with the slices at `index` along an axis replaced by, or with the addition of, `source`.
Expr with_slices(Call c, Expr source, bool add) {
  const Expr x = self(c);
  const int64_t axis = axis_of(c, "dim", x.rank());
  std::vector<std::optional<Expr>> indices(static_cast<size_t>(axis), std::nullopt);
  const Expr index = c.tensor("index");
  indices.emplace_back(index.rank() == 0 ? as_vector(index) : index);
  return scattered(indexed_tensor(x, indices), cast(source, x.element()), add);
}

// The slices at `index`, however often it names one.
Expr index_fill(Call c) {
  const Expr x = self(c);
  const int64_t axis = axis_of(c, "dim", x.rank());
  const Expr index = c.tensor("index");
  const Expr line = index.rank() == 0 ? as_vector(index) : index;
  const Expr none = filled(as_vector(extent_along(x, axis)), DataType::kInt64, 0);
  const Expr ones = filled(shape_of(line), DataType::kInt64, 1);
  const Expr named =
      cast(none.apply("ScatterElements", {line, ones}, {{"axis", int64_t{0}}}), DataType::kBool);
  std::vector<int64_t> behind;
  for (int64_t i = axis + 1; i < x.rank(); ++i) behind.push_back(i - axis);
  return where(unsqueeze(named, behind), c.operand("value", x.element()), x);
}

Expr index_add(Call c) {
  const Expr source = cast(c.tensor("source"), self(c).element());
  const TorchNumber alpha = c.number("alpha");
  const bool one = alpha.known() && alpha.as_double() == 1;
  return with_slices(c, one ? source : source * c.scalar(alpha, source.element()), true);
}

Expr masked_select(Call c) {
  const Expr x = self(c);
  const Expr mask = c.tensor("mask");
  const Expr wide = x + cast(mask, x.element()) * x.like(0);
  const Expr flat = reshape(expand_as(x, wide), kLine);
  const Expr flags = reshape(expand_as(mask, wide), kLine);
  return flat.apply("Compress", {flags}, {{"axis", int64_t{0}}});
}

// Where the mask is true, the elements of `source` in order.
Expr masked_scatter(Call c) {
  const Expr x = self(c);
  const Expr mask = expand_as(c.tensor("mask"), x);
  const Expr flags = cast(reshape(mask, kLine), DataType::kInt64);
  const Expr rank = flags.apply("CumSum", {integer_scalar(c.builder(), 0)}) - 1;
  const Expr source = reshape(c.tensor("source"), kLine);
  const Expr last = extent_along(source, 0) - 1;
  const Expr at = rank.apply("Max", {rank.like(0)}).apply("Min", {last});
  return where(mask, reshape_as(gather(source, at, 0), x), x);
}

Expr nonzero(Call c) {
  const Expr places = self(c).apply("NonZero");
  return transpose(places, std::array{int64_t{1}, int64_t{0}});
}

Expr take(Call c) {
  return gather(reshape(self(c), kLine), c.tensor("index"), 0);
}

Expr take_along(Call c) {
  const Expr index = c.tensor("indices");
  if (c.is_none("dim")) {
    return reshape(self(c), kLine)
        .apply("GatherElements", {reshape(index, kLine)}, {{"axis", int64_t{0}}});
  }
  return self(c).apply("GatherElements", {index}, {{"axis", axis_of(c, "dim", self(c).rank())}});
}

Expr gather_elements(Call c) {
  const Expr x = self(c);
  if (x.rank() == 0) return reshape_as(x, c.tensor("index"));
  return x.apply("GatherElements", {c.tensor("index")}, {{"axis", axis_of(c, "dim", x.rank())}});
}

Expr one_hot(Call c) {
  const Expr x = self(c);
  const Expr values = integer_vector(c.builder(), std::array{int64_t{0}, int64_t{1}});
  return x.apply("OneHot", {c.extent("num_classes"), values});
}

}  // namespace

std::vector<AtenRow> indexing_rows() {
  return {
      {"aten.index.Tensor aten._unsafe_index.Tensor", "self, indices", indexed},
      {"aten.index_put.default aten._unsafe_index_put.default aten._index_put_impl.default",
       "self, indices, values, accumulate=False, unsafe=False", put},
      {"aten.index_select.default", "self, dim, index", index_select},
      {"aten.index_add.default", "self, dim, index, source, *, alpha=1", index_add},
      {"aten.index_copy.default", "self, dim, index, source",
       [](Call c) { return with_slices(c, c.tensor("source"), false); }},
      {"aten.index_fill.int_Scalar aten.index_fill.int_Tensor", "self, dim, index, value",
       index_fill},
      {"aten.masked_select.default", "self, mask", masked_select},
      {"aten.masked_scatter.default", "self, mask, source", masked_scatter},
      {"aten.nonzero.default aten.argwhere.default", "self", nonzero},
      {"aten.take.default", "self, index", take},
      {"aten.take_along_dim.default", "self, indices, dim=None", take_along},
      {"aten.gather.default", "self, dim, index, *, sparse_grad=False", gather_elements},
      {"aten.one_hot.default", "self, num_classes=-1", one_hot},
  };
}

}  // namespace twingrad::aten
