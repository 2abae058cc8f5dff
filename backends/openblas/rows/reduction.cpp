#include <algorithm>

#include "backends/openblas/elementwise.h"
#include "backends/openblas/reductions.h"
#include "backends/openblas/rows/float_rows.h"
#include "backends/openblas/rows/tables.h"

namespace twingrad {
namespace {

// A reduction as the routines see it: neighbouring axes that are both reduced or both kept are one.
// `reduced` tells of each; extents of 1 are left out.
struct Pattern {
  std::vector<int64_t> extents;
  std::vector<bool> reduced;
};

std::vector<bool> reduced_axes(const KernelContext& context) {
  const Shape& shape = context.input(0).shape();
  std::vector<bool> reduced(static_cast<size_t>(shape.rank()), false);
  std::vector<int64_t> axes;
  if (context.has_input(1)) axes = as_int64(context.input(1));
  for (const int64_t axis : axes)
    reduced[static_cast<size_t>(normalized_axis(axis, shape.rank()))] = true;
  if (axes.empty() && !context.attributes().flag("noop_with_empty_axes")) {
    reduced.assign(reduced.size(), true);
  }
  return reduced;
}

Pattern pattern_of(const KernelContext& context) {
  const Shape& shape = context.input(0).shape();
  const std::vector<bool> reduced = reduced_axes(context);
  Pattern pattern;
  for (int64_t axis = 0; axis < shape.rank(); ++axis) {
    const bool this_one = reduced[static_cast<size_t>(axis)];
    if (shape[axis] == 1) continue;
    if (!pattern.extents.empty() && pattern.reduced.back() == this_one) {
      pattern.extents.back() *= shape[axis];
    } else {
      pattern.extents.push_back(shape[axis]);
      pattern.reduced.push_back(this_one);
    }
  }
  return pattern;
}

using Routine = void (*)(const float*, int64_t, int64_t, float*, ThreadPool&);

// Whether the routines serve the pattern; if so, it is done.
bool reduce(const KernelContext& context, Routine rows, Routine columns, bool is_sum) {
  const Pattern p = pattern_of(context);
  const float* x = context.input(0).data<float>();
  float* out = context.output().data<float>();
  const size_t axes = p.extents.size();
  if (context.input(0).element_count() == 0 || axes == 0) return false;
  if (axes == 1 && p.reduced[0]) {
    rows(x, 1, p.extents[0], out, context.pool);
  } else if (axes == 2 && p.reduced[1]) {
    rows(x, p.extents[0], p.extents[1], out, context.pool);
  } else if (axes == 2 && p.reduced[0]) {
    columns(x, p.extents[0], p.extents[1], out, context.pool);
  } else if (axes == 3 && p.reduced[0] && is_sum) {
    sum_channels(x, p.extents[0], p.extents[1], p.extents[2], out, context.pool);
  } else {
    return false;
  }
  return true;
}

void reduce_sum(const KernelContext& context) {
  if (!reduce(context, sum_rows, sum_columns, true)) run_reference(context, DataType::kFloat);
}

void reduce_max(const KernelContext& context) {
  if (!reduce(context, max_rows, max_columns, false)) run_reference(context, DataType::kFloat);
}

void reduce_mean(const KernelContext& context) {
  if (!reduce(context, sum_rows, sum_columns, true))
    return run_reference(context, DataType::kFloat);
  Tensor& out = context.output();
  const int64_t elements = context.input(0).element_count() / out.element_count();
  const auto count = static_cast<float>(elements);
  elementwise_kernels().div(out.data<float>(), 1, &count, 0, out.data<float>(),
                            out.element_count());
}

using RowsFunction = void (*)(const float*, int64_t, int64_t, float*, ThreadPool&);

template <RowsFunction Function>
void over_last_axis(const KernelContext& context) {
  const Shape& shape = context.input(0).shape();
  const int64_t axis = normalized_axis(context.attributes().integer("axis"), shape.rank());
  if (axis != shape.rank() - 1 || context.output().element_count() == 0) {
    return run_reference(context, DataType::kFloat);
  }
  Function(context.input(0).data<float>(), shape.product(0, axis), shape[axis],
           context.output().data<float>(), context.pool);
}

}  // namespace

std::vector<KernelRow> openblas_reduction_kernels() {
  const auto row = [](std::string_view op, KernelFunction run) {
    return KernelRow{
        .op = op, .types = {DataType::kFloat}, .run = run, .workspace = base_workspace};
  };
  return {
      row("ReduceSum", reduce_sum),
      row("ReduceMean", reduce_mean),
      row("ReduceMax", reduce_max),
      row("Softmax", over_last_axis<softmax_rows>),
      row("LogSoftmax", over_last_axis<log_softmax_rows>),
  };
}

}  // namespace twingrad
