#include "parity/hypotheses/rearrangement.h"

#include <algorithm>
#include <cstring>

namespace twingrad {
namespace {

// The tensor of this shape whose element at an index is the one of `from` at the offset of it.
template <typename Offset>
Tensor gathered(const Tensor& from, const Shape& shape, const Offset& offset_of) {
  Tensor result(from.type(), shape);
  const size_t size = element_size(from.type());
  const auto* source = static_cast<const std::byte*>(from.raw());
  auto* target = static_cast<std::byte*>(result.raw());
  std::vector<int64_t> index(static_cast<size_t>(shape.rank()), 0);
  for (int64_t i = 0; i < result.element_count(); ++i) {
    std::memcpy(target + static_cast<size_t>(i) * size,
                source + static_cast<size_t>(offset_of(index)) * size, size);
    for (size_t axis = index.size(); axis-- > 0;) {
      if (++index[axis] < shape[static_cast<int64_t>(axis)]) break;
      index[axis] = 0;
    }
  }
  return result;
}

// The same with one axis read at other places.
template <typename Place>
Tensor moved_along(const Tensor& tensor, int64_t axis, const Place& place_of) {
  const std::vector<int64_t> strides = tensor.shape().strides();
  return gathered(tensor, tensor.shape(), [&](const std::vector<int64_t>& index) {
    int64_t offset = 0;
    for (size_t k = 0; k < index.size(); ++k) {
      const bool moves = static_cast<int64_t>(k) == axis;
      offset += strides[k] * (moves ? place_of(index[k]) : index[k]);
    }
    return offset;
  });
}

}  // namespace

std::vector<int64_t> inverse_of(std::span<const int64_t> permutation) {
  std::vector<int64_t> inverse(permutation.size());
  for (size_t k = 0; k < permutation.size(); ++k) {
    inverse[static_cast<size_t>(permutation[k])] = static_cast<int64_t>(k);
  }
  return inverse;
}

Tensor with_axes_permuted(const Tensor& tensor, std::span<const int64_t> permutation) {
  const std::vector<int64_t> strides = tensor.shape().strides();
  Shape shape;
  for (const int64_t axis : permutation) shape.append(tensor.shape()[axis]);
  return gathered(tensor, shape, [&](const std::vector<int64_t>& index) {
    int64_t offset = 0;
    for (size_t k = 0; k < index.size(); ++k) {
      offset += strides[static_cast<size_t>(permutation[k])] * index[k];
    }
    return offset;
  });
}

Tensor with_blocks_permuted(const Tensor& tensor, int64_t axis, int64_t block,
                            std::span<const int64_t> permutation) {
  const auto count = static_cast<int64_t>(permutation.size());
  return moved_along(tensor, axis, [&](int64_t place) {
    const int64_t group = place / (block * count);
    const int64_t gate = place / block % count;
    return (group * count + permutation[static_cast<size_t>(gate)]) * block + place % block;
  });
}

Tensor reversed_along(const Tensor& tensor, int64_t axis) {
  const int64_t last = tensor.shape()[axis] - 1;
  return moved_along(tensor, axis, [last](int64_t place) { return last - place; });
}

Tensor scaled(const Tensor& tensor, double factor) {
  Tensor result = tensor.clone();
  for (int64_t i = 0; i < result.element_count(); ++i) {
    set_element(result, i, element_as_double(tensor, i) * factor);
  }
  return result;
}

Tensor summed_to(const Tensor& tensor, const Shape& shape) {
  const int64_t extra = tensor.rank() - shape.rank();
  if (extra < 0) return {};
  for (int64_t axis = 0; axis < shape.rank(); ++axis) {
    const int64_t extent = shape[axis];
    if (extent != 1 && extent != tensor.shape()[axis + extra]) return {};
  }
  const std::vector<int64_t> strides = shape.strides();
  std::vector<double> sums(static_cast<size_t>(shape.element_count()), 0.0);
  for (int64_t i = 0; i < tensor.element_count(); ++i) {
    int64_t rest = i;
    int64_t offset = 0;
    for (int64_t axis = tensor.rank(); axis-- > extra;) {
      const int64_t place = rest % tensor.shape()[axis];
      rest /= tensor.shape()[axis];
      if (shape[axis - extra] != 1) offset += strides[static_cast<size_t>(axis - extra)] * place;
    }
    sums[static_cast<size_t>(offset)] += element_as_double(tensor, i);
  }
  Tensor result(tensor.type(), shape);
  for (size_t i = 0; i < sums.size(); ++i) set_element(result, static_cast<int64_t>(i), sums[i]);
  return result;
}

}  // namespace twingrad
