#include <algorithm>
#include <cmath>

#include "backends/reference/arithmetic.h"
#include "backends/reference/dispatch.h"
#include "backends/reference/tables.h"

namespace twingrad {
namespace {

// Calls f(x, y, extent, stride) for every line along the attribute's axis.
template <typename T, typename F>
void for_each_axis_line(const KernelContext& context, F f) {
  const Tensor& input = context.input(0);
  const Shape& shape = input.shape();
  const int64_t axis = normalized_axis(context.attributes().integer("axis"), shape.rank());
  const int64_t extent = shape[axis];
  const int64_t stride = shape.product(axis + 1, shape.rank());
  if (input.element_count() == 0) return;
  context.pool.parallel_for(input.element_count() / extent, [&](int64_t i, int) {
    const int64_t first = i / stride * extent * stride + i % stride;
    f(input.data<T>() + first, context.output().data<T>() + first, extent, stride);
  });
}

template <typename T>
Arithmetic<T> line_maximum(const T* x, int64_t extent, int64_t stride) {
  auto most = load(x[0]);
  for (int64_t k = 1; k < extent; ++k) most = maximum(most, load(x[k * stride]));
  return most;
}

// The maximum is subtracted first, so that no exponential overflows.
template <typename T>
Arithmetic<T> exponential_sum(const T* x, int64_t extent, int64_t stride, Arithmetic<T> most) {
  Arithmetic<T> sum{};
  for (int64_t k = 0; k < extent; ++k) sum += std::exp(load(x[k * stride]) - most);
  return sum;
}

void softmax(const KernelContext& context) {
  dispatch_floats(context.output().type(), [&]<typename T>() {
    for_each_axis_line<T>(context, [](const T* x, T* y, int64_t extent, int64_t stride) {
      const auto most = line_maximum(x, extent, stride);
      const auto sum = exponential_sum(x, extent, stride, most);
      for (int64_t k = 0; k < extent; ++k) {
        y[k * stride] = store<T>(std::exp(load(x[k * stride]) - most) / sum);
      }
    });
  });
}

void log_softmax(const KernelContext& context) {
  dispatch_floats(context.output().type(), [&]<typename T>() {
    for_each_axis_line<T>(context, [](const T* x, T* y, int64_t extent, int64_t stride) {
      const auto most = line_maximum(x, extent, stride);
      const auto log_sum = std::log(exponential_sum(x, extent, stride, most));
      for (int64_t k = 0; k < extent; ++k) {
        y[k * stride] = store<T>(load(x[k * stride]) - most - log_sum);
      }
    });
  });
}

// 1 at the first maximum, 0 elsewhere.
void hardmax(const KernelContext& context) {
  dispatch_floats(context.output().type(), [&]<typename T>() {
    for_each_axis_line<T>(context, [](const T* x, T* y, int64_t extent, int64_t stride) {
      int64_t best = 0;
      for (int64_t k = 1; k < extent; ++k) {
        if (load(x[k * stride]) > load(x[best * stride])) best = k;
      }
      for (int64_t k = 0; k < extent; ++k) {
        y[k * stride] = store<T>(static_cast<Arithmetic<T>>(k == best ? 1 : 0));
      }
    });
  });
}

}  // namespace

std::vector<KernelRow> reference_softmax_kernels() {
  return {
      {.op = "Softmax", .types = kFloatTypes, .run = softmax},
      {.op = "LogSoftmax", .types = kFloatTypes, .run = log_softmax},
      {.op = "Hardmax", .types = kFloatTypes, .run = hardmax},
  };
}

}  // namespace twingrad
