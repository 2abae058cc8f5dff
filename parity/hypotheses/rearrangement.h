#pragma once

#include <span>
#include <vector>

#include "ir/tensor.h"

namespace twingrad {

// Copies of tensors of numbers with their elements elsewhere.

// Axis k of the result is axis permutation[k], as ONNX's Transpose does it.
Tensor with_axes_permuted(const Tensor& tensor, std::span<const int64_t> permutation);
std::vector<int64_t> inverse_of(std::span<const int64_t> permutation);

// The axis is cut into blocks; in every group of permutation.size() blocks, block k of the result
// is block permutation[k]. The extent is a multiple of block * permutation.size().
Tensor with_blocks_permuted(const Tensor& tensor, int64_t axis, int64_t block,
                            std::span<const int64_t> permutation);

Tensor reversed_along(const Tensor& tensor, int64_t axis);

// Every element times the factor, in the tensor's element type.
Tensor scaled(const Tensor& tensor, double factor);

// Summed over the leading axes that `shape` has not, and those where it has the extent 1; undefined
// where that does not lead to the shape.
Tensor summed_to(const Tensor& tensor, const Shape& shape);

}  // namespace twingrad
