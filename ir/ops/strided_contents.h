#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ir/type.h"

namespace twingrad {

// How many elements of a row-major tensor lie between neighbours along each axis.
std::vector<int64_t> row_strides(const Shape& shape);

// What is known of the elements of a strided view, in row-major order: element (i, k, ...) of it is
// element offset + i * strides[0] + k * strides[1] + ... of `contents`. nullopt: too many.
std::optional<PartialShape> strided_contents(const PartialShape& contents, const Shape& view,
                                             const std::vector<int64_t>& strides, int64_t offset);

}  // namespace twingrad
