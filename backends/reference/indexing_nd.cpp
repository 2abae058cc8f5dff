#include <algorithm>

#include "backends/reference/dispatch.h"
#include "backends/reference/index_reader.h"
#include "backends/reference/scatter_combine.h"
#include "backends/reference/tables.h"

namespace twingrad {
namespace {

// Where the parts of the data are that index tuples name.
class Parts {
 public:
  Parts(const Tensor& indices, const Shape& data, int64_t batch_dims)
      : depth_(indices.shape()[indices.rank() - 1]),
        size_(data.product(batch_dims + depth_, data.rank())),
        batch_size_(data.product(batch_dims, data.rank())),
        tuples_(indices.shape().product(batch_dims, indices.rank() - 1)),
        batches_(indices.shape().product(0, batch_dims)) {
    const std::vector<int64_t> strides = data.strides();
    for (int64_t k = 0; k < depth_; ++k) {
      readers_.emplace_back(indices, data[batch_dims + k]);
      strides_.push_back(strides[static_cast<size_t>(batch_dims + k)]);
    }
    for (int64_t axis = 0; axis < batch_dims; ++axis) {
      check(data[axis] == indices.shape()[axis], "data of shape ", data, " and indices of shape ",
            indices.shape(), " have other batches");
    }
  }

  int64_t count() const { return batches_ * tuples_; }
  int64_t size() const { return size_; }  // of each part
  int64_t offset(int64_t i) const {
    int64_t sum = i / std::max<int64_t>(tuples_, 1) * batch_size_;
    for (int64_t k = 0; k < depth_; ++k) {
      const auto axis = static_cast<size_t>(k);
      sum += readers_[axis](i * depth_ + k) * strides_[axis];
    }
    return sum;
  }

 private:
  int64_t depth_;
  int64_t size_;
  int64_t batch_size_;
  int64_t tuples_;
  int64_t batches_;
  std::vector<IndexReader> readers_;
  std::vector<int64_t> strides_;
};

void gather_nd(const KernelContext& context) {
  const Tensor& data = context.input(0);
  const Parts parts(context.input(1), data.shape(), context.attributes().integer("batch_dims"));
  dispatch_sizes(data.type(), [&]<typename T>() {
    const T* x = elements_of<T>(data);
    T* y = elements_of<T>(context.output());
    for (int64_t i = 0; i < parts.count(); ++i) {
      std::copy_n(x + parts.offset(i), parts.size(), y + i * parts.size());
    }
  });
}

void scatter_nd(const KernelContext& context) {
  const Tensor& data = context.input(0);
  const Tensor& updates = context.input(2);
  Tensor& output = context.output();
  const Parts parts(context.input(1), data.shape(), 0);
  check(updates.element_count() == parts.count() * parts.size(), "updates of shape ",
        updates.shape(), " for indices of shape ", context.input(1).shape());
  dispatch_sizes(output.type(), [&]<typename T>() {
    const T* x = elements_of<T>(data);
    T* y = elements_of<T>(output);
    if (x != y) std::copy_n(x, data.element_count(), y);
    if (context.attributes().text("reduction") != "none") return;
    for (int64_t i = 0; i < parts.count(); ++i) {
      std::copy_n(elements_of<T>(updates) + i * parts.size(), parts.size(), y + parts.offset(i));
    }
  });
  const std::string& reduction = context.attributes().text("reduction");
  if (reduction == "none") return;
  dispatch_numbers(output.type(), [&]<typename T>() {
    with_scatter_reduction<T>(reduction, [&](auto combine) {
      for (int64_t i = 0; i < parts.count(); ++i) {
        const T* x = updates.data<T>() + i * parts.size();
        T* y = output.data<T>() + parts.offset(i);
        for (int64_t k = 0; k < parts.size(); ++k) {
          y[k] = store<T>(combine(load(y[k]), load(x[k])));
        }
      }
    });
  });
}

}  // namespace

std::vector<KernelRow> reference_indexing_nd_kernels() {
  return {
      {.op = "GatherND", .types = kAllTypes, .run = gather_nd},
      {.op = "ScatterND", .types = kAllTypes, .run = scatter_nd},
  };
}

}  // namespace twingrad
