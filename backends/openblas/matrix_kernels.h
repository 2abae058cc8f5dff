#pragma once

#include <cstdint>

namespace twingrad {

// One register tile of a float32 product: c = alpha * a b (+ c), then the epilogue.
//
// a's element (row, step) is a[row * a_row + step * a_step]; b's is b[step * b_step + column], with
// b readable up to whole vectors; c is row-major. Sums run over the steps in order, so an element
// of c does not depend on its place in a tile.
struct TileProduct {
  int64_t steps;
  const float* a;
  int64_t a_row;
  int64_t a_step;
  const float* b;
  int64_t b_step;
  float* c;
  int64_t c_row;
  float alpha;
  bool accumulate;           // adds to c, else overwrites it
  const float* row_bias;     // one per row, or null
  const float* column_bias;  // one per column, or null
  bool relu;
};

// Building blocks of matrix products and convolutions, for one instruction set.
struct MatrixKernels {
  int64_t lanes;      // floats in a vector
  int64_t tile_rows;  // the most rows and vectors of a tile
  int64_t tile_vectors;

  // rows in [1, tile_rows], columns in [1, tile_vectors * lanes].
  void (*multiply_tile)(const TileProduct& tile, int64_t rows, int64_t columns);

  // out[step * width + column] = in[step * in_step + column], zero from `columns` up to `width`.
  void (*pack)(const float* in, int64_t in_step, int64_t steps, int64_t columns, float* out,
               int64_t width);
  // The same from in[column * in_column + step].
  void (*pack_transposed)(const float* in, int64_t in_column, int64_t steps, int64_t columns,
                          float* out, int64_t width);
  // out[column * out_column + row] = in[row * in_row + column].
  void (*transpose)(const float* in, int64_t in_row, int64_t rows, int64_t columns, float* out,
                    int64_t out_column);
  float (*dot)(const float* a, const float* b, int64_t n);
};

// The kernels for the processor that runs, chosen once.
const MatrixKernels& matrix_kernels();

}  // namespace twingrad
