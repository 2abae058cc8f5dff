#include <algorithm>
#include <cstring>

#include "backends/reference/arithmetic.h"
#include "backends/reference/dispatch.h"
#include "backends/reference/tables.h"

namespace twingrad {
namespace {

void copy_elements(const Tensor& from, Tensor& to) {
  if (from.type() == DataType::kString) {
    std::ranges::copy(from.strings(), to.strings().begin());
  } else if (from.raw() != to.raw()) {
    std::memcpy(to.raw(), from.raw(), from.byte_size());
  }
}

void constant(const KernelContext& context) {
  copy_elements(context.attributes().tensor("value"), context.output());
}

void view(const KernelContext& context) {
  copy_elements(context.input(0), context.output());
}

void constant_of_shape(const KernelContext& context) {
  const Tensor& value = context.attributes().tensor("value");
  Tensor& output = context.output();
  dispatch_sizes(output.type(), [&]<typename T>() {
    std::fill_n(elements_of<T>(output), output.element_count(), *elements_of<T>(value));
  });
}

void range(const KernelContext& context) {
  Tensor& output = context.output();
  dispatch_numbers(output.type(), [&]<typename T>() {
    const T start = *context.input(0).data<T>();
    const T delta = *context.input(2).data<T>();
    T* y = output.data<T>();
    for (int64_t i = 0; i < output.element_count(); ++i) {
      const auto steps = static_cast<Arithmetic<T>>(i);
      y[i] = store<T>(wrapped_add(load(start), wrapped_multiply(steps, load(delta))));
    }
  });
}

// Ones on the k-th diagonal, above the main one for positive k.
void eye_like(const KernelContext& context) {
  Tensor& output = context.output();
  const int64_t rows = output.shape()[0];
  const int64_t columns = output.shape()[1];
  const int64_t k = context.attributes().integer("k");
  std::memset(output.raw(), 0, output.byte_size());
  if (k <= -rows || k >= columns) return;
  for (int64_t row = std::max<int64_t>(0, -k); row < std::min(rows, columns - k); ++row) {
    set_element(output, row * columns + row + k, 1);
  }
}

void shape(const KernelContext& context) {
  const Shape& extents = context.input(0).shape();
  const auto bounded = [rank = extents.rank()](int64_t axis) {
    return std::clamp<int64_t>(axis < 0 ? axis + rank : axis, 0, rank);
  };
  const int64_t first = bounded(context.attributes().integer("start"));
  Tensor& output = context.output();
  for (int64_t i = 0; i < output.element_count(); ++i) {
    output.data<int64_t>()[i] = extents[first + i];
  }
}

void size(const KernelContext& context) {
  *context.output().data<int64_t>() = context.input(0).element_count();
}

}  // namespace

std::vector<KernelRow> reference_constant_kernels() {
  return {
      {.op = "Constant", .types = kAllTypes, .run = constant},
      {.op = "ConstantOfShape", .types = kAllTypes, .run = constant_of_shape},
      {.op = "Range", .types = kNumericTypes, .run = range},
      {.op = "EyeLike", .run = eye_like},
      {.op = "Shape", .types = kAllTypes, .run = shape},
      {.op = "Size", .types = kAllTypes, .run = size},
      {.op = "Identity", .types = kAllTypes, .run = view},
      {.op = "Reshape", .types = kAllTypes, .run = view},
      {.op = "Flatten", .types = kAllTypes, .run = view},
      {.op = "Squeeze", .types = kAllTypes, .run = view},
      {.op = "Unsqueeze", .types = kAllTypes, .run = view},
  };
}

}  // namespace twingrad
