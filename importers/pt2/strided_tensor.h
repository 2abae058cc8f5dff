#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ir/tensor.h"

namespace twingrad {

// How the elements of a tensor lie in a storage: element [i, j, ...] is the one at
// offset + i * strides[0] + j * strides[1] + ..., counted in elements.
struct StridedLayout {
  DataType type = DataType::kUndefined;
  Shape shape;
  std::vector<int64_t> strides;
  int64_t offset = 0;
};

// The tensor in row-major order. Throws Error where an element lies outside of `storage`, for
// strides below 0, and where the tensor has far more elements than the storage (strides of 0 repeat
// elements: a few bytes could ask for all memory).
Tensor tensor_of_storage(const StridedLayout& layout, std::span<const std::byte> storage);

}  // namespace twingrad
