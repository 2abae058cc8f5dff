#include <numeric>

#include "ir/error.h"
#include "ir/infer.h"
#include "ir/ops/extents.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

void check_square(const PartialShape& shape) {
  const int64_t rank = shape.rank();
  check(rank >= 2, "expected matrices, found shape ", shape);
  const Dimension& rows = shape[rank - 2];
  const Dimension& columns = shape[rank - 1];
  check(!rows.known() || !columns.known() || rows.extent == columns.extent, "shape ", shape,
        " is not square");
}

void infer_det(InferContext& context) {
  const PartialShape* shape = context.shape(0);
  if (shape == nullptr) return;
  check_square(*shape);
  std::vector<Dimension> batch = shape->dims();
  batch.resize(batch.size() - 2);
  context.set_shape(0, PartialShape(std::move(batch)));
}

void infer_cofactors(InferContext& context) {
  if (context.shape(0) != nullptr) check_square(*context.shape(0));
  infer_same_as_first(context);
}

// (-1)^(i+j) times the determinant without row i and column j.
std::vector<ValueId> expand_cofactors(Builder& builder, const Node&,
                                      std::span<const ValueId> inputs) {
  const Expr x(builder, inputs[0]);
  const int64_t rank = x.rank();
  const Dimension& extent = x.shape()[rank - 1];
  if (!extent.known()) fail_unsupported("the extent of the matrices must be known");
  const int64_t n = extent.extent;
  if (n == 1) return {ones_as(x).id()};
  std::vector<int64_t> all(static_cast<size_t>(n));
  std::iota(all.begin(), all.end(), 0);
  const auto without = [&](Expr from, int64_t axis, int64_t index) {
    std::vector<int64_t> kept = all;
    kept.erase(kept.begin() + index);
    return gather(from, x.integers(kept), axis);
  };
  const std::vector<int64_t> last = {rank - 2};
  std::vector<Expr> rows;
  for (int64_t i = 0; i < n; ++i) {
    const Expr rest = without(x, rank - 2, i);
    std::vector<Expr> row;
    for (int64_t j = 0; j < n; ++j) {
      const Expr minor = without(rest, rank - 1, j).apply("Det");
      row.push_back(unsqueeze((i + j) % 2 == 0 ? minor : -minor, last));
    }
    rows.push_back(unsqueeze(concat(row, rank - 2), last));
  }
  return {concat(rows, rank - 2).id()};
}

}  // namespace

std::vector<OpRow> determinant_ops() {
  return {
      {.name = "Det",
       .signature = "X:T -> Y:T",
       .types = {{"T", kFloatTypes}},
       .op_class = OpClass::kContraction,
       .infer = infer_det},
      // The derivative of the determinant by every element, also where the matrix is singular.
      {.name = "Cofactors",
       .signature = "X:T -> Y:T",
       .types = {{"T", kFloatTypes}},
       .op_class = OpClass::kContraction,
       .infer = infer_cofactors,
       .expand = expand_cofactors,
       .domain = kInternalDomain},
  };
}

}  // namespace twingrad
