#pragma once

#include <algorithm>
#include <vector>

#include "backends/kernel.h"
#include "backends/reference/arithmetic.h"
#include "backends/reference/dispatch.h"

namespace twingrad {

// What reduction kernels share: a walk over the reduced elements behind each output.

// Extents and strides of some axes of a tensor, walked in row-major order.
struct Axes {
  std::vector<int64_t> extents;
  std::vector<int64_t> strides;

  void append(int64_t extent, int64_t stride) {
    if (extent == 1) return;
    if (!extents.empty() && strides.back() == extent * stride) {
      extents.back() *= extent;
      strides.back() = stride;
      return;
    }
    extents.push_back(extent);
    strides.push_back(stride);
  }
  int64_t count() const { return Shape(extents).element_count(); }
  int64_t offset(int64_t index) const {
    int64_t sum = 0;
    for (size_t axis = extents.size(); axis-- > 0;) {
      sum += index % extents[axis] * strides[axis];
      index /= extents[axis];
    }
    return sum;
  }
  int64_t inner_extent() const { return extents.empty() ? 1 : extents.back(); }
  int64_t inner_stride() const { return strides.empty() ? 0 : strides.back(); }
};

// The axes of the input of a reduction.
struct Split {
  Axes kept;
  Axes reduced;
};

inline Split split_axes(const Shape& shape, const std::vector<int64_t>& axes, bool all) {
  std::vector<bool> chosen(static_cast<size_t>(shape.rank()), all);
  for (const int64_t axis : axes) {
    chosen[static_cast<size_t>(normalized_axis(axis, shape.rank()))] = true;
  }
  const std::vector<int64_t> strides = shape.strides();
  Split split;
  for (size_t axis = 0; axis < chosen.size(); ++axis) {
    Axes& side = chosen[axis] ? split.reduced : split.kept;
    side.append(shape.extents()[axis], strides[axis]);
  }
  return split;
}

inline Split split_of(const KernelContext& context) {
  std::vector<int64_t> axes;
  if (context.has_input(1)) axes = as_int64(context.input(1));
  const bool all = axes.empty() && !context.attributes().flag("noop_with_empty_axes");
  return split_axes(context.input(0).shape(), axes, all);
}

// Calls f(first element of a stretch, stride, length) for the reduced elements [first, last).
template <typename T, typename F>
void for_each_stretch(const T* data, const Axes& axes, int64_t first, int64_t last, F f) {
  const int64_t inner = axes.inner_extent();
  while (first < last) {
    const int64_t length = std::min(inner - first % inner, last - first);
    f(data + axes.offset(first), axes.inner_stride(), length);
    first += length;
  }
}

// The sum of term(element). Pairwise: halves down to blocks of fixed size, so that the error grows
// with the logarithm of the count and the order is always the same.
template <typename Sum, typename T, typename F>
Sum pairwise_sum(const T* data, const Axes& axes, int64_t first, int64_t last, F term) {
  constexpr int64_t kBlock = 128;
  if (last - first > kBlock) {
    const int64_t half = first + ((last - first) / 2 + kBlock - 1) / kBlock * kBlock;
    return wrapped_add(pairwise_sum<Sum>(data, axes, first, half, term),
                       pairwise_sum<Sum>(data, axes, half, last, term));
  }
  Sum sum{};
  for_each_stretch(data, axes, first, last, [&](const T* x, int64_t stride, int64_t length) {
    for (int64_t i = 0; i < length; ++i) {
      sum = wrapped_add(sum, term(static_cast<Sum>(load(x[i * stride]))));
    }
  });
  return sum;
}

template <typename Sum, typename T>
Sum pairwise_sum(const T* data, const Axes& axes) {
  return pairwise_sum<Sum>(data, axes, 0, axes.count(), [](Sum x) { return x; });
}

// Sets every output to f(the first element that it is made of).
template <typename T, typename F>
void for_each_output(const KernelContext& context, const Split& split, F f) {
  const T* x = context.input(0).data<T>();
  T* y = context.output().data<T>();
  const int64_t outputs = context.output().element_count();
  const int64_t per_task = std::max<int64_t>(1, 4096 / std::max<int64_t>(1, split.reduced.count()));
  context.pool.parallel_for((outputs + per_task - 1) / per_task, [&](int64_t task, int) {
    const int64_t last = std::min((task + 1) * per_task, outputs);
    for (int64_t i = task * per_task; i < last; ++i) y[i] = f(x + split.kept.offset(i));
  });
}

}  // namespace twingrad
