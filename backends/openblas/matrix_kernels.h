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

// A run of `count` <= lanes floats to copy, from and to an offset.
struct Segment {
  int64_t out;
  int64_t source;
  int64_t count;
};

// Where the taps of a sliding window lie in a channel: tap (i, j) of taps_h x taps_w is at
// h * row + (w % stride) * phase + w / stride, h = first_h + i * step_h, w = first_w + j * step_w.
struct TapOffsets {
  int64_t channel;  // from one channel to the next
  int64_t row;
  int64_t phase;
  int64_t stride;
  int64_t taps_h;
  int64_t taps_w;
  int64_t first_h;
  int64_t first_w;
  int64_t step_h;
  int64_t step_w;
};

// Some rows of a plane, padded with zeros, their columns sorted by the remainder modulo `stride`:
//   out[(r * phases + phase) * count + i] = plane[top + r][left + phase + i * stride],
// 0 outside of [0, height) x [0, width). Rows of the plane are row_stride floats apart.
struct PlanePart {
  const float* plane;
  int64_t height;
  int64_t width;
  int64_t row_stride;
  int64_t top;
  int64_t left;
  int64_t rows;
  int64_t phases;
  int64_t stride;
  int64_t count;
  int64_t next_plane;  // floats to the plane that will be asked for next: fetched meanwhile
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
  // For every step = (channel, tap) in [begin, end), its segments: out[(step - begin) * out_row +
  // segment.out ...] = source[offset of the step + segment.source ...]. Segments must ascend; each
  // writes a whole vector, so there must be a vector of room behind the last row.
  void (*gather)(const float* source, const TapOffsets& taps, const Segment* segments,
                 int64_t segment_count, int64_t begin, int64_t end, float* out, int64_t out_row);
  void (*pick)(const PlanePart& part, float* out);
};

// The kernels for the processor that runs, chosen once.
const MatrixKernels& matrix_kernels();

}  // namespace twingrad
