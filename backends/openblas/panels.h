#pragma once

#include <algorithm>
#include <cstdint>

#include "backends/openblas/matrix_kernels.h"

namespace twingrad {

// A number of things cut into `count` blocks of nearly equal size, each a multiple of `unit` but
// for the last. Depends on its numbers only: never on the threads.
struct Blocks {
  int64_t total;
  int64_t unit;
  int64_t count;

  int64_t begin(int64_t block) const {
    const int64_t units = (total + unit - 1) / unit;
    return std::min(total, block * units / count * unit);
  }
  int64_t size(int64_t block) const { return begin(block + 1) - begin(block); }
  int64_t largest() const {
    const int64_t units = (total + unit - 1) / unit;
    return std::min(total, (units + count - 1) / count * unit);
  }
};

inline int64_t divide_up(int64_t a, int64_t b) {
  return (a + b - 1) / b;
}
inline int64_t round_up(int64_t a, int64_t unit) {
  return divide_up(a, unit) * unit;
}

// The columns of a product cut into panels of 1 to tile_vectors vectors. A packed panel of `steps`
// steps lies at packed + begin * steps and is `width` wide.
inline Blocks panels_of(const MatrixKernels& kernels, int64_t columns) {
  const int64_t vectors = divide_up(columns, kernels.lanes);
  return {columns, kernels.lanes, std::max<int64_t>(1, divide_up(vectors, kernels.tile_vectors))};
}
inline int64_t panel_width(const MatrixKernels& kernels, const Blocks& panels, int64_t panel) {
  return round_up(panels.size(panel), kernels.lanes);
}

// The most steps of one pass: a panel of b and a tile row of a stay in the nearest caches, and sums
// of single products are at most this long.
constexpr int64_t kMostSteps = 320;
inline Blocks step_blocks(int64_t steps) {
  return {steps, 1, std::max<int64_t>(1, divide_up(steps, kMostSteps))};
}

// The blocks of rows and columns that a product is cut into: at most `most_rows` x `most_columns`,
// and where the work allows enough of them to occupy several threads.
struct ProductGrid {
  Blocks rows;
  Blocks columns;
  int64_t items() const { return rows.count * columns.count; }
};
ProductGrid product_grid(const MatrixKernels& kernels, int64_t rows, int64_t columns, int64_t steps,
                         int64_t most_rows, int64_t most_columns);

// Packs `steps` x `columns` of b, stored by steps or (transposed) by columns with `b_row` floats
// from one to the next, into panels.
void pack_panels(const MatrixKernels& kernels, const float* b, int64_t b_row, bool transposed,
                 int64_t steps, int64_t columns, float* packed);

// The product of `rows` rows of first.a with all panels; first describes the tile in the corner.
void multiply_panels(const MatrixKernels& kernels, const TileProduct& first, int64_t rows,
                     int64_t columns, const float* packed);

}  // namespace twingrad
