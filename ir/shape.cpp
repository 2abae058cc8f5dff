#include "ir/shape.h"

#include <algorithm>

#include "ir/error.h"

namespace twingrad {

std::optional<int64_t> checked_product(int64_t a, int64_t b) {
  int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

int64_t Shape::element_count() const {
  return product(0, rank());
}

int64_t Shape::product(int64_t first, int64_t last) const {
  int64_t count = 1;
  for (int64_t axis = first; axis < last; ++axis) {
    check((*this)[axis] >= 0, "negative dimension in shape ", *this);
    const auto next = checked_product(count, (*this)[axis]);
    check(next.has_value(), "shape ", *this, " has too many elements");
    count = *next;
  }
  return count;
}

std::vector<int64_t> Shape::strides() const {
  std::vector<int64_t> strides(extents_.size(), 1);
  for (size_t i = extents_.size(); i > 1; --i) strides[i - 2] = strides[i - 1] * extents_[i - 1];
  return strides;
}

std::ostream& operator<<(std::ostream& out, const Shape& shape) {
  out << '[';
  for (int64_t axis = 0; axis < shape.rank(); ++axis) out << (axis ? "," : "") << shape[axis];
  return out << ']';
}

int64_t normalized_axis(int64_t axis, int64_t rank) {
  check(axis >= -rank && axis < rank, "axis ", axis, " is out of range for rank ", rank);
  return axis < 0 ? axis + rank : axis;
}

Shape broadcast(const Shape& a, const Shape& b) {
  const int64_t rank = std::max(a.rank(), b.rank());
  Shape result(std::vector<int64_t>(static_cast<size_t>(rank), 1));
  for (int64_t i = 1; i <= rank; ++i) {
    const int64_t x = i <= a.rank() ? a[a.rank() - i] : 1;
    const int64_t y = i <= b.rank() ? b[b.rank() - i] : 1;
    check(x == y || x == 1 || y == 1, "shapes ", a, " and ", b, " do not broadcast");
    result[rank - i] = x == 1 ? y : x;
  }
  return result;
}

}  // namespace twingrad
