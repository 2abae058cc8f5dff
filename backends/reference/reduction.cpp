#include <algorithm>
#include <limits>

#include "backends/reference/arithmetic.h"
#include "backends/reference/dispatch.h"
#include "backends/reference/tables.h"

namespace twingrad {
namespace {

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
  int64_t count() const {
    int64_t product = 1;
    for (const int64_t extent : extents) product *= extent;
    return product;
  }
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

struct Split {
  Axes kept;
  Axes reduced;
};

Split split_axes(const Shape& shape, const std::vector<int64_t>& axes, bool all) {
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

Split split_of(const KernelContext& context) {
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

// Pairwise: halves down to blocks of fixed size, so that the error grows with the logarithm of the
// count and the order is always the same.
template <typename Sum, typename T>
Sum pairwise_sum(const T* data, const Axes& axes, int64_t first, int64_t last) {
  constexpr int64_t kBlock = 128;
  if (last - first > kBlock) {
    const int64_t half = first + ((last - first) / 2 + kBlock - 1) / kBlock * kBlock;
    return wrapped_add(pairwise_sum<Sum>(data, axes, first, half),
                       pairwise_sum<Sum>(data, axes, half, last));
  }
  Sum sum{};
  for_each_stretch(data, axes, first, last, [&](const T* x, int64_t stride, int64_t length) {
    for (int64_t i = 0; i < length; ++i) {
      sum = wrapped_add(sum, static_cast<Sum>(load(x[i * stride])));
    }
  });
  return sum;
}

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

void reduce_sum(const KernelContext& context) {
  const Split split = split_of(context);
  dispatch_numbers(context.output().type(), [&]<typename T>() {
    for_each_output<T>(context, split, [&](const T* x) {
      return store<T>(pairwise_sum<Arithmetic<T>>(x, split.reduced, 0, split.reduced.count()));
    });
  });
}

void reduce_mean(const KernelContext& context) {
  const Split split = split_of(context);
  const int64_t count = split.reduced.count();
  dispatch_numbers(context.output().type(), [&]<typename T>() {
    for_each_output<T>(context, split, [&](const T* x) {
      if constexpr (std::is_integral_v<T>) {
        using Wide = std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t>;
        check(count > 0, "the mean of no integers");
        const Wide sum = pairwise_sum<Wide>(x, split.reduced, 0, count);
        return static_cast<T>(sum / static_cast<Wide>(count));
      } else {
        const auto sum = pairwise_sum<Arithmetic<T>>(x, split.reduced, 0, count);
        return store<T>(sum / static_cast<Arithmetic<T>>(count));
      }
    });
  });
}

// Of no elements: the end of the type's range that every element would beat.
template <bool kLargest, typename A>
A worst() {
  if constexpr (std::is_floating_point_v<A>) {
    return kLargest ? -std::numeric_limits<A>::infinity() : std::numeric_limits<A>::infinity();
  } else {
    return kLargest ? std::numeric_limits<A>::min() : std::numeric_limits<A>::max();
  }
}

template <bool kLargest>
void reduce_extreme(const KernelContext& context) {
  const Split split = split_of(context);
  const auto run = [&]<typename T>() {
    for_each_output<T>(context, split, [&](const T* data) {
      auto best = worst<kLargest, Arithmetic<T>>();
      for_each_stretch(data, split.reduced, 0, split.reduced.count(),
                       [&](const T* x, int64_t stride, int64_t length) {
                         for (int64_t i = 0; i < length; ++i) {
                           const auto value = load(x[i * stride]);
                           best = kLargest ? maximum(best, value) : minimum(best, value);
                         }
                       });
      return store<T>(best);
    });
  };
  if (context.output().type() == DataType::kBool) return run.template operator()<bool>();
  dispatch_numbers(context.output().type(), run);
}

// The first (or last) of the best ones along an axis; a NaN beats every number, as in NumPy.
template <bool kLargest>
void arg_extreme(const KernelContext& context) {
  const Tensor& input = context.input(0);
  const int64_t axis = normalized_axis(context.attributes().integer("axis"), input.rank());
  const int64_t extent = input.shape()[axis];
  const int64_t stride = input.shape().product(axis + 1, input.rank());
  const bool last_one = context.attributes().flag("select_last_index");
  int64_t* y = context.output().data<int64_t>();
  const int64_t outputs = context.output().element_count();
  check(extent > 0 || outputs == 0, "no largest or smallest of no elements");
  dispatch_numbers(input.type(), [&]<typename T>() {
    for (int64_t i = 0; i < outputs; ++i) {
      const T* x = input.data<T>() + i / stride * extent * stride + i % stride;
      int64_t best = 0;
      for (int64_t k = 1; k < extent; ++k) {
        const auto held = load(x[best * stride]);
        const auto value = load(x[k * stride]);
        const bool better =
            !is_nan(held) && (is_nan(value) || (kLargest ? value > held : value < held));
        const bool tied = value == held || (is_nan(value) && is_nan(held));
        if (better || (last_one && tied)) best = k;
      }
      y[i] = best;
    }
  });
}

}  // namespace

std::vector<KernelRow> reference_reduction_kernels() {
  const TypeSet ordered = kNumericTypes | kBoolType;
  return {
      {.op = "ReduceSum", .types = kNumericTypes, .run = reduce_sum},
      {.op = "ReduceMean", .types = kNumericTypes, .run = reduce_mean},
      {.op = "ReduceMax", .types = ordered, .run = reduce_extreme<true>},
      {.op = "ReduceMin", .types = ordered, .run = reduce_extreme<false>},
      {.op = "ArgMax", .types = kNumericTypes, .run = arg_extreme<true>},
      {.op = "ArgMin", .types = kNumericTypes, .run = arg_extreme<false>},
  };
}

}  // namespace twingrad
