#pragma once

#include <optional>
#include <vector>

#include "ir/expression.h"

namespace twingrad::aten {

// PyTorch's advanced indexing x[i, :, j]: the indexed axes come first, so that GatherND and
// ScatterND can take them. Masks become the positions where they are true.
struct IndexedTensor {
  Expr base;                   // x with the indexed axes in front
  Expr positions;              // [..., number of indexed axes]
  std::vector<int64_t> order;  // axes of x in the order of `base`
  int64_t indexed = 0;         // how many axes are indexed
  int64_t first = 0;           // where the result's axes of indices stand
};

IndexedTensor indexed_tensor(Expr x, const std::vector<std::optional<Expr>>& indices);

// The elements at the positions, in PyTorch's order of axes.
Expr gathered(const IndexedTensor& indexed);
// x with other elements at the positions; `values` broadcast to what `gathered` gives.
Expr scattered(const IndexedTensor& indexed, Expr values, bool add);

}  // namespace twingrad::aten
