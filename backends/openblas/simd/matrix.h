#pragma once

// The kernels of backends/openblas/matrix_kernels.h for the instruction set of the including file.

#include "backends/openblas/matrix_kernels.h"
#include "backends/openblas/simd/vector.h"

namespace twingrad {
namespace {

// 24 sums, 3 vectors of b and 1 broadcast of a fill 28 of the 32 registers of AVX-512; 12 sums
// fit the 16 registers of the older sets. Three vectors a row keep the loads below the FMAs.
constexpr int64_t kTileRows = kLanes == 16 ? 8 : 4;
constexpr int64_t kTileVectors = 3;

template <int kVectors>
inline void finish_row(const TileProduct& tile, int64_t row, Vector (&sums)[kVectors],
                       int64_t last_count) {
  float* c = tile.c + row * tile.c_row;
  const Vector alpha = broadcast(tile.alpha);
#pragma GCC unroll 3
  for (int v = 0; v < kVectors; ++v) {
    const bool part = v == kVectors - 1 && last_count < kLanes;
    const auto get = [=](const float* p) { return part ? load_first(p, last_count) : load(p); };
    float* target = c + v * kLanes;
    Vector value = tile.accumulate ? fma(sums[v], alpha, get(target)) : sums[v] * alpha;
    if (tile.column_bias != nullptr) value += get(tile.column_bias + v * kLanes);
    if (tile.row_bias != nullptr) value += broadcast(tile.row_bias[row]);
    if (tile.relu) value = value < 0.0F ? broadcast(0.0F) : value;
    if (part) {
      store_first(target, value, last_count);
    } else {
      store(target, value);
    }
  }
}

template <int kRows, int kVectors>
void multiply_tile_of(const TileProduct& tile, int64_t columns) {
  Vector sums[kRows][kVectors] = {};
  const float* a = tile.a;
  const float* b = tile.b;
  const int64_t a_row = tile.a_row;
  const int64_t a_step = tile.a_step;
  const int64_t b_step = tile.b_step;
  for (int64_t step = tile.steps; step > 0; --step) {
    Vector b_vectors[kVectors];
#pragma GCC unroll 3
    for (int v = 0; v < kVectors; ++v) b_vectors[v] = load(b + v * kLanes);
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      const Vector factor = broadcast(a[r * a_row]);
#pragma GCC unroll 3
      for (int v = 0; v < kVectors; ++v) sums[r][v] = fma(factor, b_vectors[v], sums[r][v]);
    }
    a += a_step;
    b += b_step;
  }
  const int64_t last_count = columns - (kVectors - 1) * kLanes;
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) finish_row<kVectors>(tile, r, sums[r], last_count);
}

using TileFunction = void (*)(const TileProduct&, int64_t);

template <int kRows>
inline void multiply_rows(const TileProduct& tile, int64_t columns) {
  if (columns <= kLanes) {
    multiply_tile_of<kRows, 1>(tile, columns);
  } else if (columns <= 2 * kLanes) {
    multiply_tile_of<kRows, 2>(tile, columns);
  } else {
    multiply_tile_of<kRows, 3>(tile, columns);
  }
}

inline void multiply_tile_any(const TileProduct& tile, int64_t rows, int64_t columns) {
  if constexpr (kTileRows == 8) {
    constexpr TileFunction kBySize[] = {multiply_rows<1>, multiply_rows<2>, multiply_rows<3>,
                                        multiply_rows<4>, multiply_rows<5>, multiply_rows<6>,
                                        multiply_rows<7>, multiply_rows<8>};
    kBySize[rows - 1](tile, columns);
  } else {
    constexpr TileFunction kBySize[] = {multiply_rows<1>, multiply_rows<2>, multiply_rows<3>,
                                        multiply_rows<4>};
    kBySize[rows - 1](tile, columns);
  }
}

inline void pack_columns(const float* in, int64_t in_step, int64_t steps, int64_t columns,
                         float* out, int64_t width) {
  for (int64_t step = 0; step < steps; ++step, in += in_step, out += width) {
    int64_t j = 0;
    for (; j + kLanes <= columns; j += kLanes) store(out + j, load(in + j));
    if (j < columns) {
      store(out + j, load_first(in + j, columns - j));
      j += kLanes;
    }
    for (; j < width; j += kLanes) store(out + j, Vector{});
  }
}

// Up to kLanes x kLanes elements: rows of `in`, `in_row` apart, become columns of `out`; `out`
// gets `columns` rows of exactly `rows` elements, or of kLanes, zero behind, if `whole`.
inline void transpose_square(const float* in, int64_t in_row, int64_t rows, int64_t columns,
                             float* out, int64_t out_column, bool whole) {
  Vector square[kLanes];
  if (rows == kLanes && columns == kLanes) {
#pragma GCC unroll 16
    for (int64_t r = 0; r < kLanes; ++r) square[r] = load(in + r * in_row);
    transpose(square);
#pragma GCC unroll 16
    for (int64_t c = 0; c < kLanes; ++c) store(out + c * out_column, square[c]);
    return;
  }
  for (int64_t r = 0; r < kLanes; ++r) {
    square[r] = Vector{};
    if (r >= rows) continue;
    square[r] = columns == kLanes ? load(in + r * in_row) : load_first(in + r * in_row, columns);
  }
  transpose(square);
  for (int64_t c = 0; c < columns; ++c) {
    if (whole || rows == kLanes) {
      store(out + c * out_column, square[c]);
    } else {
      store_first(out + c * out_column, square[c], rows);
    }
  }
}

inline int64_t least(int64_t a, int64_t b) {
  return a < b ? a : b;
}

inline void pack_transposed_columns(const float* in, int64_t in_column, int64_t steps,
                                    int64_t columns, float* out, int64_t width) {
  for (int64_t j = 0; j < width; j += kLanes) {
    const int64_t rows = j < columns ? least(kLanes, columns - j) : 0;
    for (int64_t step = 0; step < steps; step += kLanes) {
      transpose_square(in + j * in_column + step, in_column, rows, least(kLanes, steps - step),
                       out + step * width + j, width, true);
    }
  }
}

inline void transpose_matrix(const float* in, int64_t in_row, int64_t rows, int64_t columns,
                             float* out, int64_t out_column) {
  for (int64_t r = 0; r < rows; r += kLanes) {
    for (int64_t c = 0; c < columns; c += kLanes) {
      transpose_square(in + r * in_row + c, in_row, least(kLanes, rows - r),
                       least(kLanes, columns - c), out + c * out_column + r, out_column, false);
    }
  }
}

inline void gather_segments(const float* source, const Segment* segments, int64_t segment_count,
                            float* out) {
  for (int64_t s = 0; s < segment_count; ++s) {
    const Segment& segment = segments[s];
    const float* in = source + segment.source;
    store(out + segment.out, segment.count == kLanes ? load(in) : load_first(in, segment.count));
  }
}

inline void gather_steps(const float* source, const TapOffsets& taps, const Segment* segments,
                         int64_t segment_count, int64_t begin, int64_t end, float* out,
                         int64_t out_row) {
  const int64_t window = taps.taps_h * taps.taps_w;
  const float* channel = source + begin / window * taps.channel;
  int64_t i = begin % window / taps.taps_w;
  int64_t j = begin % taps.taps_w;
  for (int64_t step = begin; step < end; ++step, out += out_row) {
    const int64_t w = taps.first_w + j * taps.step_w;
    const int64_t column = taps.stride == 1 ? w : w % taps.stride * taps.phase + w / taps.stride;
    gather_segments(channel + (taps.first_h + i * taps.step_h) * taps.row + column, segments,
                    segment_count, out);
    if (++j < taps.taps_w) continue;
    j = 0;
    if (++i < taps.taps_h) continue;
    i = 0;
    channel += taps.channel;
  }
}

// `count` floats of a row from `first` on, `stride` apart; [inside, end) are the ones in the row.
inline void pick_row(const float* row, int64_t first, int64_t stride, int64_t inside, int64_t end,
                     int64_t count, float* out) {
  for (int64_t i = 0; i < inside; ++i) out[i] = 0;
  const float* in = row + first;
  int64_t i = inside;
  if (stride == 1) {
    for (; i + kLanes <= end; i += kLanes) store(out + i, load(in + i));
  } else if (stride == 2) {
    for (; i + kLanes <= end; i += kLanes) store(out + i, load_every_second(in + 2 * i));
  }
  for (; i < end; i += kLanes) {
    const int64_t some = least(kLanes, end - i);
    store_up_to(out + i, load_strided(in + i * stride, stride, some), some);
  }
  for (i = end; i < count; ++i) out[i] = 0;
}

inline void pick_plane_part(const PlanePart& part, float* out) {
  for (int64_t r = 0; r < part.rows; ++r) {
    const int64_t h = part.top + r;
    const bool present = h >= 0 && h < part.height;
    const float* row = part.plane + h * part.row_stride;
    if (present) {
      for (int64_t i = 0; i < part.width; i += 16) __builtin_prefetch(row + part.next_plane + i);
    }
    for (int64_t phase = 0; phase < part.phases; ++phase, out += part.count) {
      const int64_t first = part.left + phase;
      const int64_t stride = part.stride;
      const int64_t before = first < 0 ? (-first + stride - 1) / stride : 0;
      const int64_t up_to = first < part.width ? (part.width - first + stride - 1) / stride : 0;
      const int64_t inside = present ? least(before, part.count) : part.count;
      const int64_t end = least(up_to, part.count);
      pick_row(row, first, stride, inside, end > inside ? end : inside, part.count, out);
    }
  }
}

constexpr MatrixKernels kMatrixTable = {
    .lanes = kLanes,
    .tile_rows = kTileRows,
    .tile_vectors = kTileVectors,
    .multiply_tile = multiply_tile_any,
    .pack = pack_columns,
    .pack_transposed = pack_transposed_columns,
    .transpose = transpose_matrix,
    .gather = gather_steps,
    .pick = pick_plane_part,
};

}  // namespace
}  // namespace twingrad
