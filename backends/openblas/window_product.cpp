#include "backends/openblas/window_product.h"

#include <algorithm>

#include "backends/openblas/panels.h"

namespace twingrad {
namespace {

constexpr int64_t kMostWindowRows = 256;
constexpr int64_t kMostWindowColumns = 384;

struct Grid {
  ProductGrid blocks;
  Blocks steps;
};

// A pass takes whole channels, so that none is copied twice.
Blocks channel_steps(const ImageWindows& window) {
  const int64_t unit = window.window() > 0 && window.window() <= kMostSteps ? window.window() : 1;
  return {window.steps(), unit, std::max<int64_t>(1, divide_up(window.steps(), kMostSteps))};
}

Grid grid_of(const MatrixKernels& kernels, const WindowProduct& product) {
  return {product_grid(kernels, product.rows, product.window.columns(), product.window.steps(),
                       kMostWindowRows, kMostWindowColumns),
          channel_steps(product.window)};
}

int64_t panel_floats(const MatrixKernels& kernels, const Grid& grid) {
  return round_up(
      grid.steps.largest() * round_up(grid.blocks.columns.largest(), kernels.lanes) + kernels.lanes,
      16);
}
int64_t block_floats(const MatrixKernels& kernels, const Grid& grid) {
  return round_up(grid.blocks.rows.largest(), kernels.tile_rows) *
         round_up(grid.blocks.columns.largest(), 16);
}

void gather_panels(const MatrixKernels& kernels, const WindowPart& part, int64_t first,
                   int64_t columns, int64_t steps, float* packed) {
  const Blocks panels = panels_of(kernels, columns);
  for (int64_t panel = 0; panel < panels.count; ++panel) {
    part.gather(first + panels.begin(panel), first + panels.begin(panel + 1),
                packed + panels.begin(panel) * steps, panel_width(kernels, panels, panel));
  }
}

// Columns [first, first + columns) are neighbours in the output.
bool writes_in_place(const WindowProduct& product, int64_t first, int64_t columns) {
  const ImageWindows& window = product.window;
  return product.out_step_h == 1 && product.out_step_w == 1 && product.out_width == window.grid_w &&
         first / window.grid() == (first + columns - 1) / window.grid();
}

void scatter(const WindowProduct& product, const float* block, int64_t block_row, int64_t row,
             int64_t rows, int64_t first, int64_t columns) {
  const ImageWindows& window = product.window;
  for (int64_t column = first; column < first + columns;) {
    const int64_t grid_row = column / window.grid_w;
    const int64_t j = column % window.grid_w;
    const int64_t length = std::min(first + columns - column, window.grid_w - j);
    const float* in = block + (column - first);
    float* out =
        product.out + grid_row / window.grid_h * product.out_image + row * product.out_channel +
        grid_row % window.grid_h * product.out_step_h * product.out_width + j * product.out_step_w;
    for (int64_t r = 0; r < rows; ++r, in += block_row, out += product.out_channel) {
      for (int64_t k = 0; k < length; ++k) out[k * product.out_step_w] = in[k];
    }
    column += length;
  }
}

}  // namespace

int64_t window_product_workspace(const MatrixKernels& kernels, const WindowProduct& product) {
  const Grid grid = grid_of(kernels, product);
  const int64_t part = WindowPart::storage_floats(product.window, grid.blocks.columns.largest(),
                                                  std::max<int64_t>(1, grid.steps.largest()));
  return panel_floats(kernels, grid) + block_floats(kernels, grid) + round_up(part, 16);
}

int64_t window_product_items(const MatrixKernels& kernels, const WindowProduct& product) {
  return grid_of(kernels, product).blocks.items();
}

void run_window_product_item(const MatrixKernels& kernels, const WindowProduct& product,
                             int64_t item, float* workspace) {
  const Grid grid = grid_of(kernels, product);
  // Blocks of rows follow each other within a block of columns: its images stay in the cache.
  const int64_t row_block = item % grid.blocks.rows.count;
  const int64_t column_block = item / grid.blocks.rows.count;
  const int64_t row = grid.blocks.rows.begin(row_block);
  const int64_t rows = grid.blocks.rows.size(row_block);
  const int64_t first = grid.blocks.columns.begin(column_block);
  const int64_t columns = grid.blocks.columns.size(column_block);
  if (rows == 0 || columns == 0) return;
  float* packed = workspace;
  float* block = packed + panel_floats(kernels, grid);
  float* storage = block + block_floats(kernels, grid);
  const bool in_place = writes_in_place(product, first, columns);
  const ImageWindows& window = product.window;
  TileProduct tile{};
  tile.alpha = 1;
  tile.a_row = window.steps();
  tile.a_step = 1;
  tile.c = in_place ? product.out + first / window.grid() * product.out_image +
                          row * product.out_channel + first % window.grid()
                    : block;
  tile.c_row = in_place ? product.out_channel : round_up(columns, 16);
  for (int64_t pass = 0; pass < grid.steps.count; ++pass) {
    const int64_t step = grid.steps.begin(pass);
    tile.steps = grid.steps.size(pass);
    if (tile.steps > 0) {
      const WindowPart part(kernels, window, first, first + columns, step, step + tile.steps,
                            storage);
      gather_panels(kernels, part, first, columns, tile.steps, packed);
    }
    tile.a = product.weights + row * window.steps() + step;
    tile.accumulate = pass > 0;
    if (pass == grid.steps.count - 1) {
      if (product.bias != nullptr) tile.row_bias = product.bias + row;
      tile.relu = product.relu;
    }
    multiply_panels(kernels, tile, rows, columns, packed);
  }
  if (!in_place) scatter(product, block, tile.c_row, row, rows, first, columns);
}

}  // namespace twingrad
