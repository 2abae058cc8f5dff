#include <algorithm>
#include <numeric>

#include "backends/reference/strided_copy.h"
#include "backends/reference/tables.h"

namespace twingrad {
namespace {

void transpose(const KernelContext& context) {
  const Tensor& input = context.input(0);
  std::vector<int64_t> reversed(static_cast<size_t>(input.rank()));
  std::iota(reversed.rbegin(), reversed.rend(), 0);
  const auto permutation = context.attributes().integers_or("perm", std::move(reversed));
  const std::vector<int64_t> input_strides = input.shape().strides();
  std::vector<int64_t> strides;
  strides.reserve(permutation.size());
  for (const int64_t axis : permutation)
    strides.push_back(input_strides[static_cast<size_t>(axis)]);
  Tensor& output = context.output();
  const auto to_strides = output.shape().strides();
  copy_strided(input, output, {output.shape(), 0, strides, 0, to_strides}, context.pool);
}

void expand(const KernelContext& context) {
  const Tensor& input = context.input(0);
  Tensor& output = context.output();
  const std::vector<int64_t> input_strides = input.shape().strides();
  std::vector<int64_t> strides(static_cast<size_t>(output.rank()), 0);
  const int64_t lead = output.rank() - input.rank();
  for (int64_t axis = 0; axis < input.rank(); ++axis) {
    if (input.shape()[axis] == 1) continue;
    strides[static_cast<size_t>(lead + axis)] = input_strides[static_cast<size_t>(axis)];
  }
  const auto to_strides = output.shape().strides();
  copy_strided(input, output, {output.shape(), 0, strides, 0, to_strides}, context.pool);
}

void slice(const KernelContext& context) {
  const Tensor& input = context.input(0);
  Tensor& output = context.output();
  const std::vector<int64_t> starts = as_int64(context.input(1));
  const auto optional_list = [&context](size_t i) {
    return context.has_input(i) ? as_int64(context.input(i)) : std::vector<int64_t>();
  };
  const std::vector<int64_t> axes = optional_list(3);
  const std::vector<int64_t> steps = optional_list(4);
  std::vector<int64_t> strides = input.shape().strides();
  int64_t offset = 0;
  for (size_t i = 0; i < starts.size(); ++i) {
    const int64_t axis =
        normalized_axis(axes.empty() ? static_cast<int64_t>(i) : axes[i], input.rank());
    const int64_t extent = input.shape()[axis];
    const int64_t step = steps.empty() ? 1 : steps[i];
    const int64_t start = starts[i] < 0 ? starts[i] + extent : starts[i];
    int64_t& stride = strides[static_cast<size_t>(axis)];
    const int64_t last = std::max<int64_t>(step > 0 ? extent : extent - 1, 0);
    offset += std::clamp<int64_t>(start, 0, last) * stride;
    // A step that is never taken may be too long to multiply.
    stride = output.shape()[axis] > 1 ? stride * step : 0;
  }
  const auto to_strides = output.shape().strides();
  copy_strided(input, output, {output.shape(), offset, strides, 0, to_strides}, context.pool);
}

void concat(const KernelContext& context) {
  Tensor& output = context.output();
  const int64_t axis = normalized_axis(context.attributes().integer("axis"), output.rank());
  const std::vector<int64_t> to_strides = output.shape().strides();
  int64_t offset = 0;
  for (const Tensor* input : context.inputs) {
    const std::vector<int64_t> strides = input->shape().strides();
    copy_strided(*input, output, {input->shape(), 0, strides, offset, to_strides}, context.pool);
    offset += input->shape()[axis] * to_strides[static_cast<size_t>(axis)];
  }
}

}  // namespace

std::vector<KernelRow> reference_movement_kernels() {
  return {
      {.op = "Transpose", .types = kAllTypes, .run = transpose},
      {.op = "Expand", .types = kAllTypes, .run = expand},
      {.op = "Slice", .types = kAllTypes, .run = slice},
      {.op = "Concat", .types = kAllTypes, .run = concat},
  };
}

}  // namespace twingrad
