#include "backends/static/stacked_slices.h"

#include <algorithm>
#include <cstring>

#include "ir/error.h"

namespace twingrad {
namespace {

constexpr int64_t kFirstCapacity = 64;  // a bound on the turns may be far above their number

Shape stacked_shape(int64_t count, const Shape& slice) {
  Shape shape{count};
  for (const int64_t extent : slice) shape.append(extent);
  return shape;
}

void copy_elements(const Tensor& from, Tensor& to, int64_t first) {
  if (from.type() == DataType::kString) {
    std::ranges::copy(from.strings(), to.strings().begin() + first);
  } else if (from.byte_size() > 0) {
    const size_t offset = static_cast<size_t>(first) * element_size(from.type());
    std::memcpy(to.data<std::byte>() + offset, from.raw(), from.byte_size());
  }
}

}  // namespace

void StackedSlices::grow(const Tensor& slice) {
  const int64_t capacity =
      count_ == 0 ? std::clamp<int64_t>(expected_, 1, kFirstCapacity) : 2 * stack_.shape()[0];
  Tensor larger(slice.type(), stacked_shape(capacity, slice.shape()));
  if (count_ > 0) copy_elements(finish({}), larger, 0);
  stack_ = std::move(larger);
}

void StackedSlices::append(const Tensor& slice) {
  if (!stack_.defined() || stack_.shape()[0] == count_) grow(slice);
  const Shape wanted(std::span<const int64_t>(stack_.shape()).subspan(1));
  check(slice.type() == stack_.type() && slice.shape() == wanted, "a scan output is ",
        slice.shape(), " in turn ", count_, " and ", wanted, " before");
  copy_elements(slice, stack_, count_ * slice.element_count());
  ++count_;
}

Tensor StackedSlices::finish(const Type& slice_type) const {
  if (count_ > 0) {
    const Shape slice(std::span<const int64_t>(stack_.shape()).subspan(1));
    return {stack_.type(), stacked_shape(count_, slice), stack_.storage()};
  }
  check(slice_type.is_tensor() && slice_type.shape.has_value(),
        "no turn was made, so the rank of a scan output is not known");
  Shape shape{0};
  for (const Dimension& dim : *slice_type.shape) shape.append(dim.known() ? dim.extent : 0);
  return {slice_type.element, std::move(shape)};
}

}  // namespace twingrad
