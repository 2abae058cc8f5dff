#include "backends/elementwise.h"

#include <algorithm>
#include <cassert>

namespace twingrad {
namespace {

constexpr int64_t kPiece = 16384;  // elements of one task: long against a fork, short against L2
constexpr size_t kMostInputs = 8;

// Strides of an input, one for each axis of the output; 0 where it is stretched.
std::vector<int64_t> stretched_strides(const Shape& output, const Shape& input) {
  std::vector<int64_t> strides(static_cast<size_t>(output.rank()), 0);
  int64_t step = 1;
  for (int64_t i = 1; i <= input.rank(); ++i) {
    const int64_t extent = input[input.rank() - i];
    if (extent != 1) strides[static_cast<size_t>(output.rank() - i)] = step;
    step *= extent;
  }
  return strides;
}

}  // namespace

int64_t BroadcastPlan::run_count() const {
  int64_t count = 1;
  for (size_t axis = 0; axis + 1 < extents.size(); ++axis) count *= extents[axis];
  return count;
}

int64_t BroadcastPlan::offset(size_t i, int64_t run) const {
  int64_t offset = 0;
  for (size_t axis = extents.size() - 1; axis-- > 0;) {
    offset += run % extents[axis] * strides[i][axis];
    run /= extents[axis];
  }
  return offset;
}

BroadcastPlan plan_broadcast(const Shape& output, std::span<const Shape* const> inputs) {
  std::vector<std::vector<int64_t>> full;
  for (const Shape* input : inputs) full.push_back(stretched_strides(output, *input));
  BroadcastPlan plan;
  plan.strides.resize(inputs.size());
  for (int64_t axis = 0; axis < output.rank(); ++axis) {
    const auto at = static_cast<size_t>(axis);
    if (output[axis] == 1) continue;
    bool merge = !plan.extents.empty();
    for (size_t i = 0; merge && i < inputs.size(); ++i) {
      merge = plan.strides[i].back() == full[i][at] * output[axis];
    }
    if (merge) {
      plan.extents.back() *= output[axis];
    } else {
      plan.extents.push_back(output[axis]);
    }
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (merge) {
        plan.strides[i].back() = full[i][at];
      } else {
        plan.strides[i].push_back(full[i][at]);
      }
    }
  }
  if (plan.extents.empty()) {
    plan.extents.push_back(1);
    for (auto& strides : plan.strides) strides.push_back(0);
  }
  return plan;
}

void run_elementwise(const KernelContext& context, ElementFunction function) {
  Tensor& output = context.output();
  if (output.element_count() == 0) return;
  assert(context.inputs.size() <= kMostInputs);
  const size_t count = context.inputs.size();
  std::array<const Shape*, kMostInputs> shapes{};
  std::array<size_t, kMostInputs> sizes{};
  for (size_t i = 0; i < count; ++i) {
    shapes[i] = &context.input(i).shape();
    sizes[i] = element_size(context.input(i).type());
  }
  const BroadcastPlan plan = plan_broadcast(output.shape(), std::span(shapes).first(count));
  const int64_t length = plan.run_length();
  const int64_t pieces_per_run = (length + kPiece - 1) / kPiece;
  const int64_t runs_per_task = std::max<int64_t>(1, kPiece / length);
  const int64_t runs = plan.run_count();
  const size_t output_size = element_size(output.type());
  const auto do_run = [&](int64_t run, int64_t first, int64_t last) {
    std::array<const void*, kMostInputs> inputs{};
    std::array<int64_t, kMostInputs> strides{};
    for (size_t i = 0; i < count; ++i) {
      strides[i] = plan.strides[i].back();
      const int64_t offset = plan.offset(i, run) + first * strides[i];
      inputs[i] = context.input(i).data<std::byte>() + static_cast<size_t>(offset) * sizes[i];
    }
    function({std::span(inputs).first(count), std::span(strides).first(count),
              output.data<std::byte>() + static_cast<size_t>(run * length + first) * output_size,
              last - first, context.node,
              count > 0 ? context.input(0).type() : DataType::kUndefined,
              count > 1 ? context.input(1).type() : DataType::kUndefined, output.type()});
  };
  const int64_t tasks =
      pieces_per_run > 1 ? runs * pieces_per_run : (runs + runs_per_task - 1) / runs_per_task;
  context.pool.parallel_for(tasks, [&](int64_t task, int) {
    if (pieces_per_run > 1) {
      const int64_t first = task % pieces_per_run * kPiece;
      do_run(task / pieces_per_run, first, std::min(first + kPiece, length));
      return;
    }
    const int64_t last = std::min((task + 1) * runs_per_task, runs);
    for (int64_t run = task * runs_per_task; run < last; ++run) do_run(run, 0, length);
  });
}

}  // namespace twingrad
