#include <algorithm>
#include <numeric>

#include "backends/reference/dispatch.h"
#include "backends/reference/strided_copy.h"
#include "backends/reference/tables.h"

namespace twingrad {
namespace {

void split(const KernelContext& context) {
  const Tensor& input = context.input(0);
  const int64_t axis = normalized_axis(context.attributes().integer("axis"), input.rank());
  const std::vector<int64_t> strides = input.shape().strides();
  std::vector<int64_t> given;
  if (context.has_input(1)) given = as_int64(context.input(1));
  const auto parts = static_cast<int64_t>(context.outputs.size());
  const int64_t each = (input.shape()[axis] + parts - 1) / parts;
  int64_t first = 0;
  for (size_t i = 0; i < context.outputs.size(); ++i) {
    const int64_t offset = first * strides[static_cast<size_t>(axis)];
    first += given.empty() ? each : given[i];
    if (!context.has_output(i)) continue;
    Tensor& output = context.output(i);
    const std::vector<int64_t> to_strides = output.shape().strides();
    copy_strided(input, output, {output.shape(), offset, strides, 0, to_strides}, context.pool);
  }
}

// For every axis of an output the index of the input that each of its indices shows; -1: none.
using AxisMaps = std::vector<std::vector<int64_t>>;

// Copies through the maps; elements without a source get `*fill`.
template <typename T>
void copy_mapped(const Tensor& from, Tensor& to, const AxisMaps& maps, const T& fill) {
  const std::vector<int64_t> strides = from.shape().strides();
  const T* x = elements_of<T>(from);
  T* y = elements_of<T>(to);
  if (to.element_count() == 0) return;
  if (maps.empty()) {
    *y = *x;
    return;
  }
  const std::vector<int64_t>& last = maps.back();
  const int64_t rows = to.element_count() / std::ssize(last);
  for (int64_t row = 0; row < rows; ++row) {
    int64_t offset = 0;
    int64_t rest = row;
    for (size_t axis = maps.size() - 1; axis-- > 0;) {
      const int64_t extent = std::ssize(maps[axis]);
      const int64_t index = maps[axis][static_cast<size_t>(rest % extent)];
      rest /= extent;
      offset = index < 0 || offset < 0 ? -1 : offset + index * strides[axis];
    }
    for (const int64_t index : last) *y++ = index < 0 || offset < 0 ? fill : x[offset + index];
  }
}

int64_t remainder(int64_t a, int64_t b) {
  return (a % b + b) % b;
}

// The index of an extent that stands at `index`, which may be outside of it.
int64_t padded_index(int64_t index, int64_t extent, const std::string& mode) {
  if (index >= 0 && index < extent) return index;
  if (mode == "constant") return -1;
  if (mode == "edge") return std::clamp<int64_t>(index, 0, extent - 1);
  if (mode == "wrap") return remainder(index, extent);
  if (extent == 1) return 0;
  const int64_t folded = remainder(index, 2 * (extent - 1));
  return folded < extent ? folded : 2 * (extent - 1) - folded;
}

void pad(const KernelContext& context) {
  const Tensor& input = context.input(0);
  Tensor& output = context.output();
  const std::vector<int64_t> pads = as_int64(context.input(1));
  std::vector<int64_t> axes(static_cast<size_t>(input.rank()));
  std::iota(axes.begin(), axes.end(), 0);
  if (context.has_input(3)) axes = as_int64(context.input(3));
  std::vector<int64_t> begins(static_cast<size_t>(input.rank()), 0);
  for (size_t i = 0; i < axes.size(); ++i) {
    begins[static_cast<size_t>(normalized_axis(axes[i], input.rank()))] = pads[i];
  }
  const std::string& mode = context.attributes().text("mode");
  AxisMaps maps;
  for (int64_t axis = 0; axis < input.rank(); ++axis) {
    std::vector<int64_t>& map = maps.emplace_back();
    for (int64_t i = 0; i < output.shape()[axis]; ++i) {
      map.push_back(padded_index(i - begins[static_cast<size_t>(axis)], input.shape()[axis], mode));
    }
  }
  dispatch_sizes(output.type(), [&]<typename T>() {
    const bool given = context.has_input(2) && context.input(2).element_count() > 0;
    copy_mapped<T>(input, output, maps, given ? *elements_of<T>(context.input(2)) : T());
  });
}

void tile(const KernelContext& context) {
  const Tensor& input = context.input(0);
  Tensor& output = context.output();
  AxisMaps maps;
  for (int64_t axis = 0; axis < input.rank(); ++axis) {
    std::vector<int64_t>& map = maps.emplace_back();
    for (int64_t i = 0; i < output.shape()[axis]; ++i) map.push_back(i % input.shape()[axis]);
  }
  dispatch_sizes(output.type(), [&]<typename T>() { copy_mapped<T>(input, output, maps, T()); });
}

// Negative indices count from the end; those outside of [-depth, depth) are no class.
void one_hot(const KernelContext& context) {
  const Tensor& indices = context.input(0);
  const Tensor& values = context.input(2);
  Tensor& output = context.output();
  check(values.element_count() == 2, "values must be [off, on], their shape is ", values.shape());
  const int64_t axis = normalized_axis(context.attributes().integer("axis"), output.rank());
  const int64_t depth = output.shape()[axis];
  const int64_t inner = output.shape().product(axis + 1, output.rank());
  dispatch_sizes(output.type(), [&]<typename T>() {
    const T* choice = elements_of<T>(values);
    T* y = elements_of<T>(output);
    std::fill_n(y, output.element_count(), choice[0]);
    for (int64_t i = 0; i < indices.element_count(); ++i) {
      const double index = element_as_double(indices, i);
      if (!(index >= static_cast<double>(-depth) && index < static_cast<double>(depth))) continue;
      const auto whole = static_cast<int64_t>(index);
      const int64_t at = whole < 0 ? whole + depth : whole;
      y[(i / inner * depth + at) * inner + i % inner] = choice[1];
    }
  });
}

void trilu(const KernelContext& context) {
  const Tensor& input = context.input(0);
  Tensor& output = context.output();
  const int64_t diagonal = context.has_input(1) ? as_int64(context.input(1)).at(0) : 0;
  const bool upper = context.attributes().flag("upper");
  const int64_t columns = input.shape()[input.rank() - 1];
  const int64_t rows = input.shape()[input.rank() - 2];
  dispatch_sizes(output.type(), [&]<typename T>() {
    const T* x = elements_of<T>(input);
    T* y = elements_of<T>(output);
    for (int64_t i = 0; i < input.element_count(); ++i) {
      const int64_t row = i / columns % rows;
      const int64_t column = i % columns;
      const int64_t distance = column - row;
      y[i] = (upper ? distance >= diagonal : distance <= diagonal) ? x[i] : T();
    }
  });
}

}  // namespace

std::vector<KernelRow> reference_rearrangement_kernels() {
  return {
      {.op = "Split", .types = kAllTypes, .run = split},
      {.op = "Pad", .types = kAllTypes, .run = pad},
      {.op = "Tile", .types = kAllTypes, .run = tile},
      {.op = "OneHot", .types = kAllTypes, .run = one_hot},
      {.op = "Trilu", .types = kAllTypes, .run = trilu},
  };
}

}  // namespace twingrad
