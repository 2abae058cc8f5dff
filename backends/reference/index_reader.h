#pragma once

#include "ir/error.h"
#include "ir/tensor.h"

namespace twingrad {

// Reads index `i` of an int32 or int64 tensor as one in [0, extent); throws Error outside of it.
class IndexReader {
 public:
  IndexReader(const Tensor& indices, int64_t extent)
      : wide_(indices.type() == DataType::kInt64), raw_(indices.raw()), extent_(extent) {}
  int64_t operator()(int64_t i) const {
    const int64_t index =
        wide_ ? static_cast<const int64_t*>(raw_)[i] : static_cast<const int32_t*>(raw_)[i];
    check(index >= -extent_ && index < extent_, "index ", index, " is out of range for ", extent_,
          " elements");
    return index < 0 ? index + extent_ : index;
  }

 private:
  bool wide_;
  const void* raw_;
  int64_t extent_;
};

}  // namespace twingrad
