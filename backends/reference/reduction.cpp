#include <algorithm>
#include <limits>

#include "backends/reference/reduced_axes.h"
#include "backends/reference/tables.h"

namespace twingrad {
namespace {

void reduce_sum(const KernelContext& context) {
  const Split split = split_of(context);
  dispatch_numbers(context.output().type(), [&]<typename T>() {
    for_each_output<T>(context, split, [&](const T* x) {
      return store<T>(pairwise_sum<Arithmetic<T>>(x, split.reduced));
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
        const Wide sum = pairwise_sum<Wide>(x, split.reduced);
        return static_cast<T>(sum / static_cast<Wide>(count));
      } else {
        const auto sum = pairwise_sum<Arithmetic<T>>(x, split.reduced);
        return store<T>(sum / static_cast<Arithmetic<T>>(count));
      }
    });
  });
}

void reduce_product(const KernelContext& context) {
  const Split split = split_of(context);
  dispatch_numbers(context.output().type(), [&]<typename T>() {
    for_each_output<T>(context, split, [&](const T* data) {
      Arithmetic<T> product{1};
      for_each_stretch(data, split.reduced, 0, split.reduced.count(),
                       [&](const T* x, int64_t stride, int64_t length) {
                         for (int64_t i = 0; i < length; ++i) {
                           product = wrapped_multiply(product, load(x[i * stride]));
                         }
                       });
      return store<T>(product);
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
void extreme_of(const KernelContext& context, const Split& split) {
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

template <bool kLargest>
void reduce_extreme(const KernelContext& context) {
  extreme_of<kLargest>(context, split_of(context));
}

void global_max_pool(const KernelContext& context) {
  const Shape& shape = context.input(0).shape();
  std::vector<int64_t> axes;
  for (int64_t axis = 2; axis < shape.rank(); ++axis) axes.push_back(axis);
  extreme_of<true>(context, split_axes(shape, axes, false));
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
      {.op = "GlobalMaxPool", .types = kFloatTypes, .run = global_max_pool},
      {.op = "ReduceMin", .types = ordered, .run = reduce_extreme<false>},
      {.op = "ReduceProd", .types = kNumericTypes, .run = reduce_product},
      {.op = "ArgMax", .types = kNumericTypes, .run = arg_extreme<true>},
      {.op = "ArgMin", .types = kNumericTypes, .run = arg_extreme<false>},
  };
}

}  // namespace twingrad
