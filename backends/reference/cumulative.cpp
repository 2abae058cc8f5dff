#include <algorithm>

#include "backends/reference/arithmetic.h"
#include "backends/reference/dispatch.h"
#include "backends/reference/tables.h"

namespace twingrad {
namespace {

// The lines of a tensor along one axis, walked from the end in reverse.
struct Lines {
  int64_t count;    // of lines
  int64_t extent;   // of each
  int64_t stride;   // between neighbours, in the order of the walk
  int64_t spacing;  // between neighbours along the axis

  // Where line `i` begins.
  int64_t begin(int64_t i) const {
    const int64_t first = i / spacing * spacing * extent + i % spacing;
    return stride < 0 ? first + (extent - 1) * spacing : first;
  }
};

Lines lines_of(const KernelContext& context, const Tensor& axis_input) {
  const Tensor& x = context.input(0);
  check(axis_input.element_count() == 1, "the axis must be a scalar, its shape is ",
        axis_input.shape());
  const int64_t axis = normalized_axis(as_int64(axis_input)[0], x.rank());
  const int64_t extent = x.shape()[axis];
  const int64_t spacing = x.shape().product(axis + 1, x.rank());
  const bool reverse = context.attributes().flag("reverse");
  return {extent == 0 ? 0 : x.element_count() / extent, extent, reverse ? -spacing : spacing,
          spacing};
}

// Calls f(first element) for every line.
template <typename F>
void for_each_line(const KernelContext& context, const Lines& lines, F f) {
  const int64_t per_task = std::max<int64_t>(1, 16384 / std::max<int64_t>(1, lines.extent));
  context.pool.parallel_for((lines.count + per_task - 1) / per_task, [&](int64_t task, int) {
    const int64_t last = std::min((task + 1) * per_task, lines.count);
    for (int64_t i = task * per_task; i < last; ++i) f(lines.begin(i));
  });
}

struct RunningSum {
  template <typename T>
  static T initial() {
    return T{0};
  }
  template <typename T>
  static T combine(T a, T b) {
    return wrapped_add(a, b);
  }
};
struct RunningProduct {
  template <typename T>
  static T initial() {
    return T{1};
  }
  template <typename T>
  static T combine(T a, T b) {
    return wrapped_multiply(a, b);
  }
};

template <typename Operation>
void accumulate(const KernelContext& context) {
  const Lines lines = lines_of(context, context.input(1));
  const bool exclusive = context.attributes().flag("exclusive");
  dispatch_numbers(context.output().type(), [&]<typename T>() {
    const T* x = context.input(0).data<T>();
    T* y = context.output().data<T>();
    for_each_line(context, lines, [&](int64_t at) {
      auto held = Operation::template initial<Arithmetic<T>>();
      for (int64_t k = 0; k < lines.extent; ++k, at += lines.stride) {
        const auto next = Operation::combine(held, load(x[at]));
        y[at] = store<T>(exclusive ? held : next);
        held = next;
      }
    });
  });
}

void linear_recurrence(const KernelContext& context) {
  const Lines lines = lines_of(context, context.input(2));
  // The factor into an element from its predecessor: its own, in reverse the predecessor's.
  const int64_t factor = lines.stride < 0 ? -lines.stride : 0;
  dispatch_floats(context.output().type(), [&]<typename T>() {
    const T* a = context.input(0).data<T>();
    const T* b = context.input(1).data<T>();
    T* s = context.output().data<T>();
    for_each_line(context, lines, [&](int64_t at) {
      auto held = load(b[at]);
      s[at] = store<T>(held);
      for (int64_t k = 1; k < lines.extent; ++k) {
        at += lines.stride;
        held = load(b[at]) + load(a[at + factor]) * held;
        s[at] = store<T>(held);
      }
    });
  });
}

}  // namespace

std::vector<KernelRow> reference_cumulative_kernels() {
  return {
      {.op = "CumSum", .types = kNumericTypes, .run = accumulate<RunningSum>},
      {.op = "CumProd", .types = kNumericTypes, .run = accumulate<RunningProduct>},
      {.op = "LinearRecurrence",
       .types = kFloatTypes,
       .run = linear_recurrence,
       .domain = kInternalDomain},
  };
}

}  // namespace twingrad
