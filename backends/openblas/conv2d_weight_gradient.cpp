#include <algorithm>

#include "backends/openblas/conv2d.h"
#include "backends/openblas/conv2d_window.h"
#include "backends/openblas/image_windows.h"
#include "backends/openblas/panels.h"

namespace twingrad {
namespace {

// dw^T = X dy^T, X the matrix of the sliding window with steps (channel, tap) as rows and the
// pixels of all images as columns. The reduction runs over the pixels, a few hundred at a time.
constexpr int64_t kMostStepsOfItem = 288;
constexpr int64_t kMostOutputs = 256;
constexpr int64_t kMostPixels = 256;
constexpr int64_t kEnoughItems = 8;
// Small weights are summed in several parts of the pixels, so that there are enough items; the
// parts are added in order afterwards.
constexpr int64_t kMostPartialFloats = int64_t{1024} * 1024;

struct Cut {
  ImageWindows window;  // of group 0
  Blocks steps;
  Blocks outputs;
  Blocks passes;  // over the pixels
  Blocks parts;   // over the passes
  int64_t groups;
  int64_t items() const { return groups * parts.count * steps.count * outputs.count; }
};

int64_t weight_elements(const Conv2d& conv) {
  return conv.out_channels * (conv.in_channels / conv.groups) * conv.kernel_h * conv.kernel_w;
}

Cut cut(const Conv2d& conv, const float* x) {
  Cut cut{};
  cut.window = conv2d_window(conv, 0, x);
  cut.groups = conv.groups;
  const int64_t steps = cut.window.steps();
  const int64_t unit = cut.window.window() <= kMostStepsOfItem ? cut.window.window() : 1;
  cut.steps = {steps, unit, divide_up(steps, kMostStepsOfItem)};
  const int64_t outputs = conv.out_channels / conv.groups;
  cut.outputs = {outputs, 16, divide_up(outputs, kMostOutputs)};
  const int64_t pixels = cut.window.columns();
  cut.passes = {pixels, 1, std::max<int64_t>(1, divide_up(pixels, kMostPixels))};
  cut.parts = {cut.passes.count, 1, 1};
  while (cut.items() < kEnoughItems && 4 * cut.parts.count <= cut.passes.count &&
         2 * cut.parts.count * weight_elements(conv) <= kMostPartialFloats) {
    cut.parts.count *= 2;
  }
  return cut;
}

int64_t gathered_row(const Cut& cut) {
  return round_up(cut.passes.largest(), 16) + 16;
}
int64_t gathered_floats(const Cut& cut) {
  return cut.steps.largest() * gathered_row(cut) + 16;
}
int64_t outputs_width(const Cut& cut) {
  return round_up(cut.outputs.largest(), 16);
}
int64_t panel_floats(const Cut& cut) {
  return cut.passes.largest() * outputs_width(cut);
}
int64_t block_floats(const Cut& cut) {
  return cut.steps.largest() * outputs_width(cut);
}

int64_t worker_floats(const Cut& cut) {
  const int64_t part =
      WindowPart::storage_floats(cut.window, cut.passes.largest(), cut.steps.largest());
  return round_up(gathered_floats(cut) + panel_floats(cut) + block_floats(cut) + part, 16);
}
int64_t partial_floats(const Conv2d& conv, const Cut& cut) {
  return cut.parts.count == 1 ? 0 : round_up(cut.parts.count * weight_elements(conv), 16);
}

// dy of some output channels, transposed into panels whose steps are the pixels [first, end).
void pack_outputs(const Conv2d& conv, const float* dy, int64_t channel, int64_t channels,
                  int64_t first, int64_t end, float* packed) {
  const MatrixKernels& kernels = matrix_kernels();
  const int64_t plane = conv.out_h * conv.out_w;
  const Blocks panels = panels_of(kernels, channels);
  for (int64_t pixel = first; pixel < end;) {
    const int64_t length = std::min(end - pixel, plane - pixel % plane);
    const float* image = dy + (pixel / plane * conv.out_channels + channel) * plane + pixel % plane;
    for (int64_t panel = 0; panel < panels.count; ++panel) {
      const int64_t begin = panels.begin(panel);
      const int64_t width = panel_width(kernels, panels, panel);
      kernels.pack_transposed(image + begin * plane, plane, length, panels.size(panel),
                              packed + begin * (end - first) + (pixel - first) * width, width);
    }
    pixel += length;
  }
}

struct Item {
  int64_t group;
  int64_t part;
  int64_t step_block;
  int64_t output_block;
};

Item item_of(const Cut& cut, int64_t number) {
  Item item{};
  item.output_block = number % cut.outputs.count;
  number /= cut.outputs.count;
  item.step_block = number % cut.steps.count;
  number /= cut.steps.count;
  item.part = number % cut.parts.count;
  item.group = number / cut.parts.count;
  return item;
}

void run_item(const Conv2d& conv, const Cut& cut, const Item& item, const float* dy, float* dw,
              float* workspace) {
  const MatrixKernels& kernels = matrix_kernels();
  ImageWindows window = cut.window;
  window.source += item.group * window.channels * window.channel_stride;
  const int64_t step = cut.steps.begin(item.step_block);
  const int64_t steps = cut.steps.size(item.step_block);
  const int64_t channels = cut.outputs.size(item.output_block);
  const int64_t channel =
      item.group * (conv.out_channels / conv.groups) + cut.outputs.begin(item.output_block);
  float* gathered = workspace;
  float* packed = gathered + gathered_floats(cut);
  float* block = packed + panel_floats(cut);
  float* storage = block + block_floats(cut);
  const int64_t first_pass = cut.parts.begin(item.part);
  for (int64_t pass = first_pass; pass < cut.parts.begin(item.part + 1); ++pass) {
    const int64_t first = cut.passes.begin(pass);
    const int64_t end = cut.passes.begin(pass + 1);
    const WindowPart part(kernels, window, first, end, step, step + steps, storage);
    part.gather(first, end, gathered, gathered_row(cut));
    pack_outputs(conv, dy, channel, channels, first, end, packed);
    TileProduct tile{};
    tile.steps = end - first;
    tile.a = gathered;
    tile.a_row = gathered_row(cut);
    tile.a_step = 1;
    tile.c = block;
    tile.c_row = outputs_width(cut);
    tile.alpha = 1;
    tile.accumulate = pass > first_pass;
    multiply_panels(kernels, tile, steps, channels, packed);
  }
  const int64_t row = window.steps();
  kernels.transpose(block, outputs_width(cut), steps, channels, dw + channel * row + step, row);
}

void add_parts(const float* parts, int64_t count, int64_t size, int64_t first, int64_t end,
               float* dw) {
  for (int64_t i = first; i < end; ++i) {
    float sum = parts[i];
    for (int64_t part = 1; part < count; ++part) sum += parts[part * size + i];
    dw[i] = sum;
  }
}

}  // namespace

int64_t conv2d_weight_gradient_workspace(const Conv2d& conv, int threads) {
  if (weight_elements(conv) == 0) return 0;
  const Cut sizes = cut(conv, nullptr);
  return partial_floats(conv, sizes) + threads * worker_floats(sizes);
}

void conv2d_weight_gradient(const Conv2d& conv, const float* x, const float* dy, float* dw,
                            ThreadPool& pool, float* workspace) {
  const int64_t size = weight_elements(conv);
  if (size == 0) return;
  const Cut sizes = cut(conv, x);
  if (sizes.window.columns() == 0) {
    std::fill(dw, dw + size, 0.0F);
    return;
  }
  const int64_t own = worker_floats(sizes);
  float* workers = workspace + partial_floats(conv, sizes);
  const bool partial = sizes.parts.count > 1;
  pool.parallel_for(sizes.items(), [&](int64_t number, int worker) {
    const Item item = item_of(sizes, number);
    float* out = partial ? workspace + item.part * size : dw;
    run_item(conv, sizes, item, dy, out, workers + worker * own);
  });
  if (!partial) return;
  const Blocks chunks{size, 16, divide_up(size, int64_t{16} * 1024)};
  pool.parallel_for(chunks.count, [&](int64_t chunk, int) {
    add_parts(workspace, sizes.parts.count, size, chunks.begin(chunk), chunks.begin(chunk + 1), dw);
  });
}

}  // namespace twingrad
