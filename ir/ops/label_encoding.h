#pragma once

#include "ir/attribute.h"
#include "ir/tensor.h"

namespace twingrad {

// The mapping that a LabelEncoder's attributes give: values[i] for keys[i], else `otherwise`, one
// element of the values' type.
struct LabelEncoding {
  Tensor keys;
  Tensor values;
  Tensor otherwise;

  // Throws Error where they give none or several, or keys and values are not as many.
  explicit LabelEncoding(const Attributes& attributes);
};

}  // namespace twingrad
