#include <algorithm>
#include <numeric>

#include "backends/openblas/conv2d.h"
#include "backends/openblas/panels.h"
#include "backends/openblas/window_product.h"

namespace twingrad {
namespace {

// One axis of dx at the positions `first` + t * stride: which kernel taps meet dy there, and where.
// Tap k = first_tap + i * tap_step sees dy at t + first_source + i * source_step.
struct AxisPhase {
  int64_t positions;
  int64_t taps;
  int64_t first_tap;
  int64_t tap_step;
  int64_t first_source;
  int64_t source_step;
};

// dx[h] gets dy[i] w[k] where h = i * stride + k * dilation - pad.
AxisPhase axis_phase(int64_t first, int64_t in, int64_t kernel, int64_t stride, int64_t dilation,
                     int64_t pad) {
  AxisPhase phase{};
  phase.positions = first < in ? divide_up(in - first, stride) : 0;
  phase.tap_step = stride / std::gcd(stride, dilation);
  phase.source_step = -phase.tap_step * dilation / stride;
  for (int64_t tap = 0; tap < std::min(kernel, phase.tap_step); ++tap) {
    if ((first + pad - tap * dilation) % stride != 0) continue;
    phase.first_tap = tap;
    phase.first_source = (first + pad - tap * dilation) / stride;
    phase.taps = divide_up(kernel - tap, phase.tap_step);
    break;
  }
  return phase;
}

struct Phase {
  AxisPhase h;
  AxisPhase w;
  int64_t offset;  // of its first element in a plane of dx
};

Phase phase_of(const Conv2d& conv, int64_t index) {
  const int64_t first_h = index / conv.stride_w;
  const int64_t first_w = index % conv.stride_w;
  return {
      axis_phase(first_h, conv.in_h, conv.kernel_h, conv.stride_h, conv.dilation_h, conv.pad_top),
      axis_phase(first_w, conv.in_w, conv.kernel_w, conv.stride_w, conv.dilation_w, conv.pad_left),
      first_h * conv.in_w + first_w};
}

// A phase is a convolution of dy with stride 1 by the weights of its taps, channels exchanged.
WindowProduct product_of(const Conv2d& conv, const Phase& phase, int64_t group, const float* dy,
                         const float* weights, float* dx) {
  const int64_t in_channels = conv.in_channels / conv.groups;
  const int64_t out_channels = conv.out_channels / conv.groups;
  const int64_t dy_plane = conv.out_h * conv.out_w;
  const int64_t dx_plane = conv.in_h * conv.in_w;
  WindowProduct product{};
  product.window = {.source = dy + group * out_channels * dy_plane,
                    .image_stride = conv.out_channels * dy_plane,
                    .channel_stride = dy_plane,
                    .row_stride = conv.out_w,
                    .height = conv.out_h,
                    .width = conv.out_w,
                    .images = conv.batch,
                    .channels = out_channels,
                    .grid_h = phase.h.positions,
                    .grid_w = phase.w.positions,
                    .stride_h = 1,
                    .stride_w = 1,
                    .taps_h = phase.h.taps,
                    .taps_w = phase.w.taps,
                    .first_h = phase.h.first_source,
                    .first_w = phase.w.first_source,
                    .step_h = phase.h.source_step,
                    .step_w = phase.w.source_step};
  product.weights = weights + group * in_channels * product.window.steps();
  product.rows = in_channels;
  product.out = dx + group * in_channels * dx_plane + phase.offset;
  product.out_image = conv.in_channels * dx_plane;
  product.out_channel = dx_plane;
  product.out_width = conv.in_w;
  product.out_step_h = conv.stride_h;
  product.out_step_w = conv.stride_w;
  return product;
}

// transposed[group][input channel][output channel][tap of the phase], for some input channels.
void transpose_weights(const Conv2d& conv, const Phase& phase, int64_t group, int64_t first,
                       int64_t end, const float* w, float* transposed) {
  const int64_t in_channels = conv.in_channels / conv.groups;
  const int64_t out_channels = conv.out_channels / conv.groups;
  const int64_t kernel = conv.kernel_h * conv.kernel_w;
  const int64_t taps = phase.h.taps * phase.w.taps;
  for (int64_t o = 0; o < out_channels; ++o) {
    for (int64_t c = first; c < end; ++c) {
      const float* in = w + ((group * out_channels + o) * in_channels + c) * kernel;
      float* out = transposed + ((group * in_channels + c) * out_channels + o) * taps;
      for (int64_t i = 0; i < phase.h.taps; ++i) {
        const float* row = in + (phase.h.first_tap + i * phase.h.tap_step) * conv.kernel_w;
        for (int64_t j = 0; j < phase.w.taps; ++j) {
          *out++ = row[phase.w.first_tap + j * phase.w.tap_step];
        }
      }
    }
  }
}

constexpr int64_t kChannelsAtOnce = 16;

int64_t weight_floats(const Conv2d& conv) {
  return round_up(
      conv.out_channels * (conv.in_channels / conv.groups) * conv.kernel_h * conv.kernel_w, 16);
}

void run_phase(const Conv2d& conv, const Phase& phase, const float* dy, const float* w, float* dx,
               ThreadPool& pool, float* workspace) {
  const MatrixKernels& kernels = matrix_kernels();
  const int64_t in_channels = conv.in_channels / conv.groups;
  const int64_t channel_blocks = divide_up(in_channels, kChannelsAtOnce);
  pool.parallel_for(conv.groups * channel_blocks, [&](int64_t item, int) {
    const int64_t first = item % channel_blocks * kChannelsAtOnce;
    transpose_weights(conv, phase, item / channel_blocks, first,
                      std::min(in_channels, first + kChannelsAtOnce), w, workspace);
  });
  const WindowProduct any = product_of(conv, phase, 0, dy, workspace, dx);
  const int64_t items = window_product_items(kernels, any);
  const int64_t worker_floats = window_product_workspace(kernels, any);
  float* worker_workspaces = workspace + weight_floats(conv);
  pool.parallel_for(conv.groups * items, [&](int64_t item, int worker) {
    const WindowProduct product = product_of(conv, phase, item / items, dy, workspace, dx);
    run_window_product_item(kernels, product, item % items,
                            worker_workspaces + worker * worker_floats);
  });
}

bool empty(const Conv2d& conv, const Phase& phase) {
  return conv.batch == 0 || conv.in_channels == 0 || phase.h.positions == 0 ||
         phase.w.positions == 0;
}

// Nothing of y depends on these positions.
bool unused(const Conv2d& conv, const Phase& phase) {
  return conv.out_channels == 0 || conv.out_h == 0 || conv.out_w == 0 || phase.h.taps == 0 ||
         phase.w.taps == 0;
}

void fill_zero(float* dx, int64_t size, ThreadPool& pool) {
  const Blocks chunks{size, 16, divide_up(size, int64_t{64} * 1024)};
  pool.parallel_for(chunks.count, [&](int64_t chunk, int) {
    std::fill(dx + chunks.begin(chunk), dx + chunks.begin(chunk + 1), 0.0F);
  });
}

}  // namespace

int64_t conv2d_data_gradient_workspace(const Conv2d& conv, int threads) {
  int64_t worker_floats = 0;
  for (int64_t index = 0; index < conv.stride_h * conv.stride_w; ++index) {
    const Phase phase = phase_of(conv, index);
    if (empty(conv, phase) || unused(conv, phase)) continue;
    worker_floats =
        std::max(worker_floats,
                 window_product_workspace(matrix_kernels(),
                                          product_of(conv, phase, 0, nullptr, nullptr, nullptr)));
  }
  return weight_floats(conv) + threads * worker_floats;
}

void conv2d_data_gradient(const Conv2d& conv, const float* dy, const float* w, float* dx,
                          ThreadPool& pool, float* workspace) {
  const int64_t phases = conv.stride_h * conv.stride_w;
  bool any_unused = false;
  for (int64_t index = 0; index < phases; ++index) {
    const Phase phase = phase_of(conv, index);
    any_unused |= !empty(conv, phase) && unused(conv, phase);
  }
  if (any_unused) fill_zero(dx, conv.batch * conv.in_channels * conv.in_h * conv.in_w, pool);
  for (int64_t index = 0; index < phases; ++index) {
    const Phase phase = phase_of(conv, index);
    if (empty(conv, phase) || unused(conv, phase)) continue;
    run_phase(conv, phase, dy, w, dx, pool, workspace);
  }
}

}  // namespace twingrad
