#include "importers/pt2/strided_tensor.h"

#include <algorithm>
#include <cstring>

#include "importers/stored_tensor.h"
#include "ir/error.h"

namespace twingrad {
namespace {

constexpr int64_t kFreeElements = int64_t{1} << 20;  // above, repeated elements are limited
constexpr int64_t kMostStorageRepeats = 16;

// The index of the last element that is read; throws Error where it does not fit int64.
int64_t last_index(const StridedLayout& layout) {
  int64_t last = layout.offset;
  for (int64_t axis = 0; axis < layout.shape.rank(); ++axis) {
    const auto step =
        checked_product(layout.shape[axis] - 1, layout.strides[static_cast<size_t>(axis)]);
    check(step && *step <= INT64_MAX - last, "strides lead beyond every storage");
    last += *step;
  }
  return last;
}

void check_layout(const StridedLayout& layout, uint64_t storage_size) {
  check(layout.shape.rank() <= kRankLimit, "rank ", layout.shape.rank(), ", limit ", kRankLimit);
  check(layout.strides.size() == static_cast<size_t>(layout.shape.rank()), layout.strides.size(),
        " strides for ", layout.shape.rank(), " axes");
  check(layout.offset >= 0, "storage offset ", layout.offset);
  for (const int64_t extent : layout.shape) check(extent >= 0, "an extent of ", extent);
  for (const int64_t stride : layout.strides) check(stride >= 0, "a stride of ", stride);
  const int64_t count = layout.shape.element_count();
  if (count == 0) return;
  const auto held = static_cast<int64_t>(storage_size / element_size(layout.type));
  const int64_t last = last_index(layout);
  check(last < held, "shape ", layout.shape, " with its strides ends at element ", last,
        ", the storage has ", held);
  check(count <= kFreeElements || count / kMostStorageRepeats <= held, "shape ", layout.shape,
        " repeats the ", held, " elements of its storage too often");
}

// The stored elements, one run along the last axis after the other.
void copy_elements(const StridedLayout& layout, const std::byte* storage, std::byte* into) {
  const size_t size = element_size(layout.type);
  const int64_t rank = layout.shape.rank();
  const int64_t run = rank == 0 ? 1 : layout.shape[rank - 1];
  const int64_t step = rank == 0 ? 1 : layout.strides[static_cast<size_t>(rank - 1)];
  std::vector<int64_t> at(static_cast<size_t>(rank), 0);
  int64_t source = layout.offset;
  for (int64_t left = layout.shape.element_count() / run; left > 0; --left) {
    for (int64_t i = 0; i < run; ++i, into += size) {
      std::memcpy(into, storage + static_cast<size_t>(source + i * step) * size, size);
    }
    for (int64_t axis = rank - 2; axis >= 0; --axis) {
      const auto k = static_cast<size_t>(axis);
      source += layout.strides[k];
      if (++at[k] < layout.shape[axis]) break;
      source -= at[k] * layout.strides[k];
      at[k] = 0;
    }
  }
}

}  // namespace

Tensor tensor_of_storage(const StridedLayout& layout, std::span<const std::byte> storage) {
  check_layout(layout, storage.size());
  Tensor tensor(layout.type, layout.shape);
  if (tensor.element_count() == 0) return tensor;
  if (layout.strides == layout.shape.strides()) {
    std::memcpy(tensor.raw(),
                storage.data() + static_cast<size_t>(layout.offset) * element_size(layout.type),
                tensor.byte_size());
  } else {
    copy_elements(layout, storage.data(), static_cast<std::byte*>(tensor.raw()));
  }
  if (tensor.type() == DataType::kBool) check_bool_bytes(tensor);
  return tensor;
}

}  // namespace twingrad
