#include <algorithm>
#include <array>

#include "importers/pt2/ops/families.h"
#include "importers/pt2/ops/formulas.h"
#include "importers/pt2/ops/windows.h"
#include "ir/error.h"

namespace twingrad::aten {
namespace {

struct Window {
  std::vector<int64_t> kernel;
  std::vector<int64_t> stride;
  std::vector<int64_t> padding;
  std::vector<int64_t> dilation;
  bool ceil = false;
  int64_t axes() const { return static_cast<int64_t>(kernel.size()); }
};

std::vector<int64_t> spread_or(std::vector<int64_t> values, int64_t axes,
                               const std::vector<int64_t>& fallback) {
  return values.empty() ? fallback : spread(std::move(values), axes);
}

Window window_of(Call c, int64_t axes, bool dilated) {
  const std::vector<int64_t> ones(static_cast<size_t>(axes), 1);
  Window w;
  w.kernel = spread_or(c.integers("kernel_size"), axes, ones);
  w.stride = spread_or(c.integers("stride"), axes, w.kernel);
  w.padding = spread_or(c.integers("padding"), axes, ones);
  w.dilation = dilated ? spread_or(c.integers("dilation"), axes, ones) : ones;
  w.ceil = c.flag("ceil_mode");
  for (const auto* list : {&w.kernel, &w.stride, &w.dilation}) {
    for (const int64_t value : *list) check(value > 0, "a window of ", value);
  }
  return w;
}

// Without an axis of examples PyTorch adds one and takes it away again.
Expr with_batch(Expr x, int64_t axes) {
  return x.rank() == axes + 1 ? unsqueeze(x, std::array{int64_t{0}}) : x;
}
Expr without_batch(Expr y, Expr x) {
  return x.rank() < y.rank() ? squeeze(y, std::array{int64_t{0}}) : y;
}

AtenResults max_pool(Call c, int64_t axes, bool indices) {
  const Expr x = c.tensor("self");
  const Window w = window_of(c, axes, true);
  const Expr batch = with_batch(x, axes);
  const std::vector<ValueId> made =
      c.builder().emit({.op = "MaxPool",
                        .inputs = {batch.id()},
                        .attributes = {{"kernel_shape", w.kernel},
                                       {"strides", w.stride},
                                       {"pads", twice(w.padding)},
                                       {"dilations", w.dilation},
                                       {"ceil_mode", int64_t{w.ceil}}},
                        .output_count = indices ? size_t{2} : size_t{1}});
  const Expr values = without_batch({c.builder(), made[0]}, x);
  if (!indices) return values;
  // ONNX counts through all planes, PyTorch within each.
  std::vector<int64_t> plane = all_axes(batch.rank());
  plane.erase(plane.begin(), plane.begin() + 2);
  const Expr at =
      Expr(c.builder(), made[1]).apply("Mod", {count_along(batch, plane, DataType::kInt64)});
  return {values, without_batch(at, x)};
}

struct Cover {
  int64_t outputs;
  int64_t extra;               // zeros behind the end padding that the last window reaches
  std::vector<double> counts;  // elements that each window divides by
};

// The windows along one axis as PyTorch has them: with ceil_mode the last may reach beyond the
// padding, and is divided by what lies before that.
Cover cover_of(int64_t extent, const Window& w, size_t axis, bool count_padding) {
  const int64_t kernel = w.kernel[axis];
  const int64_t stride = w.stride[axis];
  const int64_t pad = w.padding[axis];
  const int64_t span = extent + 2 * pad - kernel;
  check(span >= 0, "a window of ", kernel, " over ", extent + 2 * pad, " elements");
  int64_t outputs = span / stride + 1;
  if (w.ceil && span % stride != 0 && outputs * stride < extent + pad) ++outputs;
  Cover cover{
      outputs, std::max<int64_t>(0, (outputs - 1) * stride + kernel - extent - 2 * pad), {}};
  for (int64_t i = 0; i < outputs; ++i) {
    const int64_t first = i * stride - pad;
    const int64_t last = std::min(first + kernel, extent + pad);
    const int64_t inside = std::min(last, extent) - std::max<int64_t>(first, 0);
    cover.counts.push_back(static_cast<double>(count_padding ? last - first : inside));
  }
  return cover;
}

// Sums of windows over the divisors that PyTorch takes.
Expr divided_sums(Call c, Expr x, const Window& w, bool count_padding) {
  std::vector<int64_t> pads(static_cast<size_t>(x.rank() * 2), 0);
  Expr divisor = x.like(1);
  double size = 1;
  for (size_t k = 0; k < w.kernel.size(); ++k) {
    const auto axis = static_cast<int64_t>(k) + 2;
    const Dimension& extent = x.shape()[axis];
    if (!extent.known()) fail_unsupported("ceil_mode needs extents that are known");
    const Cover cover = cover_of(extent.extent, w, k, count_padding);
    pads[static_cast<size_t>(axis)] = w.padding[k];
    pads[static_cast<size_t>(axis + x.rank())] = w.padding[k] + cover.extra;
    Tensor counts(x.element(), {cover.outputs});
    for (int64_t i = 0; i < cover.outputs; ++i) {
      set_element(counts, i, cover.counts[static_cast<size_t>(i)]);
    }
    std::vector<int64_t> behind;
    for (int64_t i = axis + 1; i < x.rank(); ++i) behind.push_back(i - axis);
    divisor = divisor * unsqueeze(c.constant(counts), behind);
    size *= static_cast<double>(w.kernel[k]);
  }
  const Expr padded = x.apply("Pad", {x.integers(pads)});
  const Expr mean =
      padded.apply("AveragePool", {}, {{"kernel_shape", w.kernel}, {"strides", w.stride}});
  return mean * size / divisor;
}

Expr average_pool(Call c, int64_t axes) {
  const Expr x = c.tensor("self");
  const Window w = window_of(c, axes, false);
  const Expr batch = with_batch(x, axes);
  const bool count_padding = c.flag("count_include_pad");
  const bool overridden = axes > 1 && !c.is_none("divisor_override");
  if (overridden) {
    double size = 1;
    for (const int64_t k : w.kernel) size *= static_cast<double>(k);
    if (w.ceil) fail_unsupported("divisor_override with ceil_mode");
    const Expr mean = batch.apply("AveragePool", {},
                                  {{"kernel_shape", w.kernel},
                                   {"strides", w.stride},
                                   {"pads", twice(w.padding)},
                                   {"count_include_pad", int64_t{1}}});
    return without_batch(mean * size / c.real("divisor_override"), x);
  }
  if (w.ceil) return without_batch(divided_sums(c, batch, w, count_padding), x);
  return without_batch(batch.apply("AveragePool", {},
                                   {{"kernel_shape", w.kernel},
                                    {"strides", w.stride},
                                    {"pads", twice(w.padding)},
                                    {"count_include_pad", int64_t{count_padding}}}),
                       x);
}

// The matrix [in, out] whose columns average the elements of each output's window.
Tensor averaging_matrix(DataType type, int64_t in, int64_t out) {
  Tensor matrix = Tensor::zeros(type, {in, out});
  for (int64_t o = 0; o < out; ++o) {
    const int64_t first = o * in / out;
    const int64_t last = ((o + 1) * in + out - 1) / out;
    for (int64_t i = first; i < last; ++i) {
      set_element(matrix, i * out + o, 1.0 / static_cast<double>(last - first));
    }
  }
  return matrix;
}

// Means over windows are products of means along the axes.
Expr adaptive_average(Call c, int64_t axes) {
  const Expr x = c.tensor("self");
  const std::vector<TorchNumber> sizes = c.numbers("output_size");
  check(!sizes.empty(), "no output_size");
  Expr y = x;
  for (int64_t k = 0; k < axes; ++k) {
    const TorchNumber& size = sizes[std::min(static_cast<size_t>(k), sizes.size() - 1)];
    const int64_t axis = x.rank() - axes + k;
    const Dimension extent = y.shape()[axis];
    if (!size.known()) fail_unsupported("output_size is computed by the graph");
    check(size.integer > 0, "an output_size of ", size.integer);
    if (extent.is(size.integer)) continue;
    if (size.integer == 1) {
      y = reduce_mean(y, std::array{axis}, true);
      continue;
    }
    if (!extent.known()) fail_unsupported("an extent is not known");
    const Expr matrix = c.constant(averaging_matrix(y.element(), extent.extent, size.integer));
    y = swapped_axes(matmul(swapped_axes(y, axis, y.rank() - 1), matrix), axis, y.rank() - 1);
  }
  return y.id() == x.id() ? x.apply("Identity") : y;
}

// For one axis: [out, widest window] positions; narrower windows name their last element again.
Tensor window_positions(int64_t extent, int64_t out) {
  check(out > 0 && extent > 0, "an output_size of ", out, " for ", extent);
  const auto first = [&](int64_t o) { return o * extent / out; };
  const auto last = [&](int64_t o) { return ((o + 1) * extent + out - 1) / out; };
  int64_t width = 0;
  for (int64_t o = 0; o < out; ++o) width = std::max(width, last(o) - first(o));
  Tensor index(DataType::kInt64, {out, width});
  for (int64_t o = 0; o < out; ++o) {
    for (int64_t i = 0; i < width; ++i) {
      index.data<int64_t>()[o * width + i] = std::min(first(o) + i, last(o) - 1);
    }
  }
  return index;
}

// The largest element of each window and where it stands in its plane.
AtenResults adaptive_max(Call c, int64_t axes) {
  const Expr x = c.tensor("self");
  const int64_t lead = x.rank() - axes;
  const std::vector<int64_t> sizes = spread_or(c.integers("output_size"), axes, {});
  if (!x.type().is_static()) fail_unsupported("extents are not known");
  // Axes [out0, out1, ..., window0, window1, ...] of positions in the plane.
  Expr places = integer_scalar(c.builder(), 0);
  for (int64_t k = 0; k < axes; ++k) {
    const int64_t extent = x.shape()[lead + k].extent;
    Expr own = c.constant(window_positions(extent, sizes[static_cast<size_t>(k)]));
    std::vector<int64_t> free;
    for (int64_t i = 0; i < 2 * axes; ++i) {
      if (i != k && i != axes + k) free.push_back(i);
    }
    places = places * static_cast<double>(extent) + unsqueeze(own, free);
  }
  std::vector<int64_t> plane;
  for (int64_t axis = 0; axis < lead; ++axis) plane.push_back(x.shape()[axis].extent);
  plane.push_back(-1);
  std::vector<int64_t> grid = sizes;
  grid.push_back(-1);
  places = reshape(places, grid);
  const Expr windows = gather(reshape(x, plane), places, lead);
  const int64_t axis = windows.rank() - 1;
  const Expr best = windows.apply("ArgMax", {}, {{"axis", axis}});
  const auto picked = [&](Expr from) {
    return squeeze(from.apply("GatherElements", {best}, {{"axis", axis}}), std::array{axis});
  };
  return {picked(windows), picked(expand_as(places, windows))};
}

template <typename Pool>
AtenEmit over(int64_t axes, Pool pool) {
  return [axes, pool](Call c) { return pool(c, axes); };
}

}  // namespace

std::vector<AtenRow> pooling_rows() {
  constexpr std::string_view kMax =
      "self, kernel_size, stride=[], padding=0, dilation=1, ceil_mode=False";
  constexpr std::string_view kAverage =
      "self, kernel_size, stride=[], padding=0, ceil_mode=False, count_include_pad=True, "
      "divisor_override=None";
  const auto values = [](Call c, int64_t axes) { return max_pool(c, axes, false); };
  const auto both = [](Call c, int64_t axes) { return max_pool(c, axes, true); };
  return {
      {"aten.max_pool1d.default", kMax, over(1, values)},
      {"aten.max_pool2d.default", kMax, over(2, values)},
      {"aten.max_pool3d.default", kMax, over(3, values)},
      {"aten.max_pool1d_with_indices.default", kMax, over(1, both)},
      {"aten.max_pool2d_with_indices.default", kMax, over(2, both)},
      {"aten.max_pool3d_with_indices.default", kMax, over(3, both)},
      {"aten.avg_pool1d.default",
       "self, kernel_size, stride=[], padding=0, ceil_mode=False, count_include_pad=True",
       over(1, average_pool)},
      {"aten.avg_pool2d.default", kAverage, over(2, average_pool)},
      {"aten.avg_pool3d.default", kAverage, over(3, average_pool)},
      {"aten.adaptive_avg_pool1d.default", "self, output_size", over(1, adaptive_average)},
      {"aten.adaptive_avg_pool2d.default aten._adaptive_avg_pool2d.default", "self, output_size",
       over(2, adaptive_average)},
      {"aten.adaptive_avg_pool3d.default aten._adaptive_avg_pool3d.default", "self, output_size",
       over(3, adaptive_average)},
      {"aten.adaptive_max_pool1d.default", "self, output_size", over(1, adaptive_max)},
      {"aten.adaptive_max_pool2d.default", "self, output_size", over(2, adaptive_max)},
      {"aten.adaptive_max_pool3d.default", "self, output_size", over(3, adaptive_max)},
  };
}

}  // namespace twingrad::aten
