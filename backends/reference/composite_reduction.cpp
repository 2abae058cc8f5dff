#include <cmath>
#include <limits>

#include "backends/reference/reduced_axes.h"
#include "backends/reference/tables.h"

namespace twingrad {
namespace {

// The type in which a result is computed that is no integer even for integers.
template <typename T>
using Real = std::conditional_t<std::is_integral_v<T>, double, Arithmetic<T>>;

// A Real as a result; integers are what NumPy's conversion gives within the range.
template <typename T>
T rounded(Real<T> value) {
  if constexpr (std::is_integral_v<T>) {
    return truncated_to_integer<T>(value);
  } else {
    return store<T>(value);
  }
}

template <typename T>
T magnitude(T value) {
  if constexpr (std::is_floating_point_v<T>) return std::fabs(value);
  return value < T{} ? wrapped_subtract(T{}, value) : value;
}

// Calls f.operator()<T>(data of one output, the axes) for the element at each output.
template <typename F>
void reduce(const KernelContext& context, F f) {
  const Split split = split_of(context);
  dispatch_numbers(context.output().type(), [&]<typename T>() {
    for_each_output<T>(context, split, [&](const T* x) { return f(x, split.reduced); });
  });
}

// The sum of term(element) in the type Sum.
template <typename Sum, typename T, typename F>
Sum sum_of(const T* x, const Axes& axes, F term) {
  return pairwise_sum<Sum>(x, axes, 0, axes.count(), term);
}

void reduce_l1(const KernelContext& context) {
  reduce(context, []<typename T>(const T* x, const Axes& axes) {
    using A = Arithmetic<T>;
    return store<T>(sum_of<A>(x, axes, [](A v) { return magnitude(v); }));
  });
}

void reduce_sum_square(const KernelContext& context) {
  reduce(context, []<typename T>(const T* x, const Axes& axes) {
    using A = Arithmetic<T>;
    return store<T>(sum_of<A>(x, axes, [](A v) { return wrapped_multiply(v, v); }));
  });
}

void reduce_l2(const KernelContext& context) {
  reduce(context, []<typename T>(const T* x, const Axes& axes) {
    using R = Real<T>;
    return rounded<T>(std::sqrt(sum_of<R>(x, axes, [](R v) { return v * v; })));
  });
}

void reduce_log_sum(const KernelContext& context) {
  reduce(context, []<typename T>(const T* x, const Axes& axes) {
    return rounded<T>(std::log(pairwise_sum<Real<T>>(x, axes)));
  });
}

// With the largest element taken out of the exponentials, unless it is infinite (or there is none):
// then the formula itself gives the infinity.
void reduce_log_sum_exp(const KernelContext& context) {
  reduce(context, []<typename T>(const T* x, const Axes& axes) {
    using R = Real<T>;
    R largest = -std::numeric_limits<R>::infinity();
    for_each_stretch(x, axes, 0, axes.count(), [&](const T* part, int64_t stride, int64_t length) {
      for (int64_t i = 0; i < length; ++i) {
        largest = maximum(largest, static_cast<R>(load(part[i * stride])));
      }
    });
    const R taken = std::isinf(largest) ? R{} : largest;
    return rounded<T>(std::log(sum_of<R>(x, axes, [=](R v) { return std::exp(v - taken); })) +
                      taken);
  });
}

}  // namespace

std::vector<KernelRow> reference_composite_reduction_kernels() {
  return {
      {.op = "ReduceL1", .types = kNumericTypes, .run = reduce_l1},
      {.op = "ReduceL2", .types = kNumericTypes, .run = reduce_l2},
      {.op = "ReduceLogSum", .types = kNumericTypes, .run = reduce_log_sum},
      {.op = "ReduceLogSumExp", .types = kNumericTypes, .run = reduce_log_sum_exp},
      {.op = "ReduceSumSquare", .types = kNumericTypes, .run = reduce_sum_square},
  };
}

}  // namespace twingrad
