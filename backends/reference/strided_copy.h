#pragma once

#include <cstdint>
#include <span>

#include "backends/thread_pool.h"
#include "ir/tensor.h"

namespace twingrad {

// A box of elements from one tensor into another of the same element type: element (i, j, ...) goes
// from `from_offset` + i * from_strides[0] + ... to `to_offset` + i * to_strides[0] + ..., all
// counted in elements. Strides may be 0 (repeat) or negative (reverse).
struct StridedCopy {
  std::span<const int64_t> extents;
  int64_t from_offset = 0;
  std::span<const int64_t> from_strides;
  int64_t to_offset = 0;
  std::span<const int64_t> to_strides;
};
void copy_strided(const Tensor& from, Tensor& to, const StridedCopy& copy, ThreadPool& pool);

}  // namespace twingrad
