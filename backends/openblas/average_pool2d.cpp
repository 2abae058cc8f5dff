#include <algorithm>

#include "backends/openblas/panels.h"
#include "backends/openblas/pool2d.h"
#include "backends/openblas/row_kernels.h"
#include "backends/openblas/work_items.h"

namespace twingrad {
namespace {

// How many of the taps first, first + dilation, ... lie in [low, high).
int64_t taps_between(int64_t first, int64_t taps, int64_t dilation, int64_t low, int64_t high) {
  const int64_t skipped = first < low ? divide_up(low - first, dilation) : 0;
  const int64_t reached = first < high ? divide_up(high - first, dilation) : 0;
  return std::max<int64_t>(0, std::min(taps, reached) - skipped);
}

int64_t counted(int64_t first, int64_t taps, int64_t dilation, int64_t in, int64_t padded,
                int64_t pad) {
  return padded > 0 ? taps_between(first, taps, dilation, -pad, padded - pad)
                    : taps_between(first, taps, dilation, 0, in);
}

// 1 / the number of elements that the mean of window (i, j) counts, 0 if none.
float weight(const Pool2d& s, int64_t padded_h, int64_t padded_w, int64_t i, int64_t j) {
  const int64_t count =
      counted(i * s.stride_h - s.pad_top, s.kernel_h, s.dilation_h, s.in_h, padded_h, s.pad_top) *
      counted(j * s.stride_w - s.pad_left, s.kernel_w, s.dilation_w, s.in_w, padded_w, s.pad_left);
  return count > 0 ? 1.0F / static_cast<float>(count) : 0.0F;
}

// Calls each(index in the input plane) for the elements of a window that are inside.
template <typename Each>
void for_each_tap(const Pool2d& s, int64_t i, int64_t j, Each each) {
  for (int64_t p = 0; p < s.kernel_h; ++p) {
    const int64_t h = i * s.stride_h + p * s.dilation_h - s.pad_top;
    if (h < 0 || h >= s.in_h) continue;
    for (int64_t q = 0; q < s.kernel_w; ++q) {
      const int64_t w = j * s.stride_w + q * s.dilation_w - s.pad_left;
      if (w >= 0 && w < s.in_w) each(h * s.in_w + w);
    }
  }
}

template <typename Each>
void for_each_plane(int64_t planes, int64_t elements, ThreadPool& pool, Each each) {
  const int64_t per_item = std::max<int64_t>(1, kItemElements / std::max<int64_t>(1, elements));
  pool.parallel_for(divide_up(planes, per_item), [&](int64_t item, int) {
    const int64_t end = std::min(planes, (item + 1) * per_item);
    for (int64_t plane = item * per_item; plane < end; ++plane) each(plane);
  });
}

}  // namespace

void average_pool2d(const Pool2d& s, int64_t padded_h, int64_t padded_w, const float* x, float* y,
                    ThreadPool& pool) {
  for_each_plane(s.planes, s.in_h * s.in_w, pool, [&](int64_t plane) {
    const float* in = x + plane * s.in_h * s.in_w;
    float* out = y + plane * s.out_h * s.out_w;
    for (int64_t i = 0; i < s.out_h; ++i) {
      for (int64_t j = 0; j < s.out_w; ++j) {
        float sum = 0;
        for_each_tap(s, i, j, [&](int64_t index) { sum += in[index]; });
        *out++ = sum * weight(s, padded_h, padded_w, i, j);
      }
    }
  });
}

void average_pool2d_gradient(const Pool2d& s, int64_t padded_h, int64_t padded_w, const float* dy,
                             float* dx, ThreadPool& pool) {
  for_each_plane(s.planes, s.in_h * s.in_w, pool, [&](int64_t plane) {
    float* out = dx + plane * s.in_h * s.in_w;
    const float* in = dy + plane * s.out_h * s.out_w;
    std::fill(out, out + s.in_h * s.in_w, 0.0F);
    for (int64_t i = 0; i < s.out_h; ++i) {
      for (int64_t j = 0; j < s.out_w; ++j) {
        const float share = *in++ * weight(s, padded_h, padded_w, i, j);
        for_each_tap(s, i, j, [&](int64_t index) { out[index] += share; });
      }
    }
  });
}

void global_average_pool(int64_t planes, int64_t inner, const float* x, float* y,
                         ThreadPool& pool) {
  const RowKernels& kernels = row_kernels();
  for_each_plane(planes, inner, pool, [&](int64_t plane) {
    y[plane] =
        static_cast<float>(kernels.sum(x + plane * inner, inner) / static_cast<double>(inner));
  });
}

void global_average_pool_gradient(int64_t planes, int64_t inner, const float* dy, float* dx,
                                  ThreadPool& pool) {
  for_each_plane(planes, inner, pool, [&](int64_t plane) {
    const float share = dy[plane] / static_cast<float>(inner);
    std::fill(dx + plane * inner, dx + (plane + 1) * inner, share);
  });
}

}  // namespace twingrad
