#include "backends/openblas/panels.h"

namespace twingrad {
namespace {

// Items of fewer multiplications than this (a few microseconds) are not worth cutting.
constexpr int64_t kLeastWork = int64_t{512} * 1024;
constexpr int64_t kEnoughPanels = 8;

}  // namespace

ProductGrid product_grid(const MatrixKernels& kernels, int64_t rows, int64_t columns, int64_t steps,
                         int64_t most_rows, int64_t most_columns) {
  ProductGrid grid{{rows, kernels.tile_rows, divide_up(rows, most_rows)},
                   {columns, kernels.lanes, divide_up(columns, most_columns)}};
  const int64_t work = rows * columns * steps;
  while (grid.items() > 0 && grid.items() < kEnoughPanels &&
         work / grid.items() >= 2 * kLeastWork) {
    const int64_t block_rows = rows / grid.rows.count;
    const int64_t block_columns = columns / grid.columns.count;
    // Columns first: each block of rows packs the columns again.
    if (block_columns >= 3 * kernels.lanes * kernels.tile_vectors) {
      grid.columns.count *= 2;
    } else if (block_rows >= 2 * kernels.tile_rows) {
      grid.rows.count *= 2;
    } else {
      break;
    }
  }
  return grid;
}

void pack_panels(const MatrixKernels& kernels, const float* b, int64_t b_row, bool transposed,
                 int64_t steps, int64_t columns, float* packed) {
  const Blocks panels = panels_of(kernels, columns);
  for (int64_t panel = 0; panel < panels.count; ++panel) {
    const int64_t begin = panels.begin(panel);
    const int64_t width = panel_width(kernels, panels, panel);
    float* out = packed + begin * steps;
    if (transposed) {
      kernels.pack_transposed(b + begin * b_row, b_row, steps, panels.size(panel), out, width);
    } else {
      kernels.pack(b + begin, b_row, steps, panels.size(panel), out, width);
    }
  }
}

void multiply_panels(const MatrixKernels& kernels, const TileProduct& first, int64_t rows,
                     int64_t columns, const float* packed) {
  const Blocks panels = panels_of(kernels, columns);
  TileProduct tile = first;
  for (int64_t row = 0; row < rows; row += kernels.tile_rows) {
    const int64_t tile_rows = std::min(kernels.tile_rows, rows - row);
    tile.a = first.a + row * first.a_row;
    if (first.row_bias != nullptr) tile.row_bias = first.row_bias + row;
    for (int64_t panel = 0; panel < panels.count; ++panel) {
      const int64_t begin = panels.begin(panel);
      tile.b = packed + begin * first.steps;
      tile.b_step = panel_width(kernels, panels, panel);
      tile.c = first.c + row * first.c_row + begin;
      if (first.column_bias != nullptr) tile.column_bias = first.column_bias + begin;
      kernels.multiply_tile(tile, tile_rows, panels.size(panel));
    }
  }
}

}  // namespace twingrad
