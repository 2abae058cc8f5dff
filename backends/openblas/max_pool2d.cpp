#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "backends/openblas/panels.h"
#include "backends/openblas/pool2d.h"
#include "backends/openblas/row_kernels.h"
#include "backends/openblas/work_items.h"

namespace twingrad {
namespace {

constexpr int64_t kRunLength = 256;

// The maximum of one window and its index in the plane, for windows that reach over the edge.
void border_window(const Pool2d& s, const float* plane, int64_t i, int64_t j, float& best,
                   int32_t& index) {
  best = -std::numeric_limits<float>::infinity();
  index = -1;
  for (int64_t p = 0; p < s.kernel_h; ++p) {
    const int64_t h = i * s.stride_h + p * s.dilation_h - s.pad_top;
    if (h < 0 || h >= s.in_h) continue;
    for (int64_t q = 0; q < s.kernel_w; ++q) {
      const int64_t w = j * s.stride_w + q * s.dilation_w - s.pad_left;
      if (w < 0 || w >= s.in_w) continue;
      const float value = plane[h * s.in_w + w];
      if (index >= 0 && !(value > best) && !std::isnan(value)) continue;
      best = value;
      index = static_cast<int32_t>(h * s.in_w + w);
    }
  }
}

// Output columns whose windows are inside of the rows.
struct Interior {
  int64_t begin;
  int64_t end;
};

Interior interior_columns(const Pool2d& s) {
  const int64_t reach = (s.kernel_w - 1) * s.dilation_w;
  const int64_t begin = std::min(s.out_w, divide_up(s.pad_left, s.stride_w));
  const int64_t room = s.in_w + s.pad_left - reach;
  const int64_t end = room <= 0 ? 0 : std::min(s.out_w, divide_up(room, s.stride_w));
  return {begin, std::max(begin, end)};
}

// Columns [first, first + count) of output row i; count <= kRunLength.
void window_row(const Pool2d& s, const Interior& interior, const float* plane, int64_t i,
                int64_t first, int64_t count, float* best, int32_t* index) {
  const int64_t top = i * s.stride_h - s.pad_top;
  const int64_t skipped = top < 0 ? divide_up(-top, s.dilation_h) : 0;
  const int64_t top_inside = top + skipped * s.dilation_h;
  const int64_t rows_left = top_inside < s.in_h ? divide_up(s.in_h - top_inside, s.dilation_h) : 0;
  const int64_t taps_h = std::min(s.kernel_h - skipped, rows_left);
  int64_t begin = std::clamp(interior.begin, first, first + count);
  int64_t end = std::clamp(interior.end, begin, first + count);
  if (taps_h <= 0) end = begin;
  for (int64_t j = first; j < begin; ++j) {
    border_window(s, plane, i, j, best[j - first], index[j - first]);
  }
  if (end > begin) {
    const int64_t offset = top_inside * s.in_w + begin * s.stride_w - s.pad_left;
    const WindowRun run{plane + offset, taps_h,     s.kernel_w,  s.dilation_h * s.in_w,
                        s.dilation_w,   s.stride_w, end - begin, static_cast<int32_t>(offset)};
    row_kernels().max_windows(run, best + (begin - first), index + (begin - first));
  }
  for (int64_t j = end; j < first + count; ++j) {
    border_window(s, plane, i, j, best[j - first], index[j - first]);
  }
}

// Calls each(plane, position in the output plane, count, best, index) for runs of outputs.
template <typename Each>
void for_each_window_run(const Pool2d& s, const float* x, int64_t plane, Each each) {
  const Interior interior = interior_columns(s);
  std::array<float, kRunLength> best;
  std::array<int32_t, kRunLength> index;
  for (int64_t i = 0; i < s.out_h; ++i) {
    for (int64_t first = 0; first < s.out_w; first += kRunLength) {
      const int64_t count = std::min(kRunLength, s.out_w - first);
      window_row(s, interior, x + plane * s.in_h * s.in_w, i, first, count, best.data(),
                 index.data());
      each(i * s.out_w + first, count, best.data(), index.data());
    }
  }
}

template <typename Each>
void for_each_plane(const Pool2d& s, ThreadPool& pool, Each each) {
  const int64_t elements = std::max<int64_t>(1, std::max(s.in_h * s.in_w, s.out_h * s.out_w));
  const int64_t per_item = std::max<int64_t>(1, kItemElements / elements);
  pool.parallel_for(divide_up(s.planes, per_item), [&](int64_t item, int) {
    const int64_t end = std::min(s.planes, (item + 1) * per_item);
    for (int64_t plane = item * per_item; plane < end; ++plane) each(plane);
  });
}

}  // namespace

void max_pool2d(const Pool2d& s, const float* x, float* y, int64_t* indices, ThreadPool& pool) {
  const int64_t in = s.in_h * s.in_w;
  const int64_t out = s.out_h * s.out_w;
  for_each_plane(s, pool, [&](int64_t plane) {
    for_each_window_run(s, x, plane,
                        [&](int64_t at, int64_t count, const float* best, const int32_t* index) {
                          std::copy(best, best + count, y + plane * out + at);
                          if (indices == nullptr) return;
                          int64_t* to = indices + plane * out + at;
                          for (int64_t k = 0; k < count; ++k)
                            to[k] = index[k] < 0 ? -1 : plane * in + index[k];
                        });
  });
}

void max_pool2d_gradient(const Pool2d& s, const float* x, const float* dy, float* dx,
                         ThreadPool& pool) {
  const int64_t in = s.in_h * s.in_w;
  const int64_t out = s.out_h * s.out_w;
  for_each_plane(s, pool, [&](int64_t plane) {
    float* to = dx + plane * in;
    std::fill(to, to + in, 0.0F);
    for_each_window_run(s, x, plane,
                        [&](int64_t at, int64_t count, const float*, const int32_t* index) {
                          const float* from = dy + plane * out + at;
                          for (int64_t k = 0; k < count; ++k) {
                            if (index[k] >= 0) to[index[k]] += from[k];
                          }
                        });
  });
}

void max_pool2d_gradient_at(const Pool2d& s, const int64_t* indices, const float* dy, float* dx,
                            ThreadPool& pool) {
  const int64_t in = s.in_h * s.in_w;
  const int64_t out = s.out_h * s.out_w;
  for_each_plane(s, pool, [&](int64_t plane) {
    std::fill(dx + plane * in, dx + (plane + 1) * in, 0.0F);
    for (int64_t k = plane * out; k < (plane + 1) * out; ++k) {
      if (indices[k] >= 0) dx[indices[k]] += dy[k];
    }
  });
}

}  // namespace twingrad
