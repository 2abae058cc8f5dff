#include "importers/pt2/ops/index_terms.h"

#include <algorithm>
#include <array>

#include "importers/pt2/ops/formulas.h"
#include "ir/error.h"

namespace twingrad::aten {
namespace {

struct Term {
  int64_t axis;
  Expr index;
};

// An index for each axis that has one; a mask of several axes gives one for each of them.
std::vector<Term> terms_of(Expr x, const std::vector<std::optional<Expr>>& indices) {
  std::vector<Term> terms;
  int64_t axis = 0;
  for (const auto& index : indices) {
    if (!index) {
      ++axis;
      continue;
    }
    if (index->element() != DataType::kBool && index->element() != DataType::kUint8) {
      terms.push_back({axis++, cast(*index, DataType::kInt64)});
      continue;
    }
    const Expr places = cast(*index, DataType::kBool).apply("NonZero");
    for (int64_t k = 0; k < index->rank(); ++k) {
      terms.push_back({axis++, gather(places, integer_scalar(x.builder(), k), 0)});
    }
  }
  check(axis <= x.rank(), "more indices than axes");
  check(!terms.empty(), "no index");
  return terms;
}

// The indices of all axes along a last axis, broadcast to one shape.
Expr joined(const std::vector<Term>& terms) {
  Expr sum = terms[0].index;
  for (size_t i = 1; i < terms.size(); ++i) sum = sum + terms[i].index;
  const std::array last = {sum.rank()};
  std::vector<Expr> parts;
  for (const Term& term : terms) {
    parts.push_back(unsqueeze(terms.size() == 1 ? term.index : expand_as(term.index, sum), last));
  }
  return concat(parts, sum.rank());
}

}  // namespace

IndexedTensor indexed_tensor(Expr x, const std::vector<std::optional<Expr>>& indices) {
  const std::vector<Term> terms = terms_of(x, indices);
  std::vector<int64_t> order;
  for (const Term& term : terms) order.push_back(term.axis);
  const bool adjacent =
      terms.back().axis - terms.front().axis == static_cast<int64_t>(terms.size()) - 1;
  for (int64_t axis = 0; axis < x.rank(); ++axis) {
    if (std::ranges::count(order, axis) == 0) order.push_back(axis);
  }
  const bool as_is = std::ranges::is_sorted(order);
  return {as_is ? x : transpose(x, order), joined(terms), order, static_cast<int64_t>(terms.size()),
          adjacent ? terms.front().axis : 0};
}

Expr gathered(const IndexedTensor& indexed) {
  const Expr found = indexed.base.apply("GatherND", {indexed.positions});
  // Axes of indices first, then the rest; those before `first` go in front.
  const int64_t index_rank = indexed.positions.rank() - 1;
  if (indexed.first == 0 || index_rank == 0) return found;
  std::vector<int64_t> order;
  for (int64_t i = 0; i < indexed.first; ++i) order.push_back(index_rank + i);
  for (int64_t i = 0; i < index_rank; ++i) order.push_back(i);
  for (int64_t i = index_rank + indexed.first; i < found.rank(); ++i) order.push_back(i);
  return transpose(found, order);
}

Expr scattered(const IndexedTensor& indexed, Expr values, bool add) {
  const Expr like = indexed.base.apply("GatherND", {indexed.positions});
  const int64_t index_rank = indexed.positions.rank() - 1;
  Expr updates = values;
  if (indexed.first > 0 && index_rank > 0) {
    // In PyTorch's order first, then with the axes of indices in front.
    const Expr wide = expand_as(values, gathered(indexed));
    std::vector<int64_t> order;
    for (int64_t i = 0; i < index_rank; ++i) order.push_back(indexed.first + i);
    for (int64_t i = 0; i < like.rank(); ++i) {
      if (i < indexed.first || i >= indexed.first + index_rank) order.push_back(i);
    }
    updates = transpose(wide, order);
  } else {
    updates = expand_as(values, like);
  }
  const Expr changed = indexed.base.apply("ScatterND", {indexed.positions, updates},
                                          {{"reduction", std::string(add ? "add" : "none")}});
  std::vector<int64_t> inverse(indexed.order.size());
  for (size_t i = 0; i < inverse.size(); ++i) {
    inverse[static_cast<size_t>(indexed.order[i])] = static_cast<int64_t>(i);
  }
  return std::ranges::is_sorted(inverse) ? changed : transpose(changed, inverse);
}

}  // namespace twingrad::aten
