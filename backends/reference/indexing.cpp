#include <algorithm>

#include "backends/reference/dispatch.h"
#include "backends/reference/index_reader.h"
#include "backends/reference/scatter_combine.h"
#include "backends/reference/tables.h"

namespace twingrad {
namespace {

void gather(const KernelContext& context) {
  const Tensor& data = context.input(0);
  Tensor& output = context.output();
  const int64_t axis = normalized_axis(context.attributes().integer("axis"), data.rank());
  const int64_t outer = data.shape().product(0, axis);
  const int64_t inner = data.shape().product(axis + 1, data.rank());
  const int64_t extent = data.shape()[axis];
  const int64_t count = context.input(1).element_count();
  const IndexReader index(context.input(1), extent);
  dispatch_sizes(output.type(), [&]<typename T>() {
    const T* x = elements_of<T>(data);
    T* y = elements_of<T>(output);
    for (int64_t o = 0; o < outer; ++o) {
      for (int64_t i = 0; i < count; ++i, y += inner) {
        std::copy_n(x + (o * extent + index(i)) * inner, inner, y);
      }
    }
  });
}

// Calls f(i, offset) for every element i of `indices`: the offset is that of the data's element
// with the same coordinates, but the index itself along the axis.
template <typename F>
void for_each_index(const Tensor& indices, const Shape& data, int64_t axis, F f) {
  const std::vector<int64_t> strides = data.strides();
  const IndexReader index(indices, data[axis]);
  for (int64_t k = 0; k < data.rank(); ++k) {
    check(k == axis || indices.shape()[k] <= data[k], "indices of shape ", indices.shape(),
          " for data of shape ", data);
  }
  const int64_t count = indices.element_count();
  for (int64_t i = 0; i < count; ++i) {
    int64_t offset = 0;
    int64_t rest = i;
    for (int64_t k = data.rank(); k-- > 0;) {
      const int64_t coordinate = rest % indices.shape()[k];
      rest /= indices.shape()[k];
      offset += (k == axis ? index(i) : coordinate) * strides[static_cast<size_t>(k)];
    }
    f(i, offset);
  }
}

void gather_elements(const KernelContext& context) {
  const Tensor& data = context.input(0);
  Tensor& output = context.output();
  const int64_t axis = normalized_axis(context.attributes().integer("axis"), data.rank());
  dispatch_sizes(output.type(), [&]<typename T>() {
    const T* x = elements_of<T>(data);
    T* y = elements_of<T>(output);
    for_each_index(context.input(1), data.shape(), axis,
                   [&](int64_t i, int64_t offset) { y[i] = x[offset]; });
  });
}

void scatter_with(const KernelContext& context, const std::string& reduction) {
  const Tensor& updates = context.input(2);
  Tensor& output = context.output();
  const int64_t axis = normalized_axis(context.attributes().integer("axis"), output.rank());
  dispatch_numbers(output.type(), [&]<typename T>() {
    with_scatter_reduction<T>(reduction, [&](auto combine) {
      const T* x = updates.data<T>();
      T* y = output.data<T>();
      for_each_index(context.input(1), output.shape(), axis, [&](int64_t i, int64_t offset) {
        y[offset] = store<T>(combine(load(y[offset]), load(x[i])));
      });
    });
  });
}

void scatter_elements(const KernelContext& context) {
  const Tensor& data = context.input(0);
  const Tensor& updates = context.input(2);
  Tensor& output = context.output();
  check(updates.shape() == context.input(1).shape(), "updates of shape ", updates.shape(),
        " for indices of shape ", context.input(1).shape());
  dispatch_sizes(output.type(), [&]<typename T>() {
    if (elements_of<T>(data) == elements_of<T>(output)) return;
    std::copy_n(elements_of<T>(data), data.element_count(), elements_of<T>(output));
  });
  const std::string& reduction = context.attributes().text("reduction");
  if (reduction != "none") return scatter_with(context, reduction);
  const int64_t axis = normalized_axis(context.attributes().integer("axis"), output.rank());
  dispatch_sizes(output.type(), [&]<typename T>() {
    const T* x = elements_of<T>(updates);
    T* y = elements_of<T>(output);
    for_each_index(context.input(1), output.shape(), axis,
                   [&](int64_t i, int64_t offset) { y[offset] = x[i]; });
  });
}

}  // namespace

std::vector<KernelRow> reference_indexing_kernels() {
  return {
      {.op = "Gather", .types = kAllTypes, .run = gather},
      {.op = "GatherElements", .types = kAllTypes, .run = gather_elements},
      {.op = "ScatterElements", .types = kAllTypes, .run = scatter_elements},
  };
}

}  // namespace twingrad
