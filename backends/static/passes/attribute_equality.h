#pragma once

#include "ir/attribute.h"
#include "ir/tensor.h"

namespace twingrad {

// Equal in every bit: floats and tensors by their bits, nested graphs by identity, references
// never.
bool identical(const AttributeValue& a, const AttributeValue& b);
// The same names with identical values, in any order.
bool identical(const Attributes& a, const Attributes& b);

// Equal for identical ones. Of a tensor only the first bytes count.
size_t hash_of(const Tensor& tensor);
size_t hash_of(const Attributes& attributes);

}  // namespace twingrad
