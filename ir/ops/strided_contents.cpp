#include "ir/ops/strided_contents.h"

#include "ir/infer.h"

namespace twingrad {

std::vector<int64_t> row_strides(const Shape& shape) {
  std::vector<int64_t> strides(static_cast<size_t>(shape.rank()), 1);
  for (int64_t axis = shape.rank() - 1; axis > 0; --axis) {
    strides[static_cast<size_t>(axis - 1)] = strides[static_cast<size_t>(axis)] * shape[axis];
  }
  return strides;
}

std::optional<PartialShape> strided_contents(const PartialShape& contents, const Shape& view,
                                             const std::vector<int64_t>& strides, int64_t offset) {
  if (view.element_count() > kLargestContents) return std::nullopt;
  PartialShape result;
  for (int64_t element = 0; element < view.element_count(); ++element) {
    int64_t rest = element;
    int64_t source = offset;
    for (int64_t axis = view.rank(); axis-- > 0;) {
      source += rest % view[axis] * strides[static_cast<size_t>(axis)];
      rest /= view[axis];
    }
    result.append(contents[source]);
  }
  return result;
}

}  // namespace twingrad
