#pragma once

#include <string_view>
#include <vector>

#include "ir/op.h"

namespace twingrad {

// What the rows of ai.onnx.ml ask of their attributes and inputs.

// No numbers where the attribute is absent.
std::vector<float> floats(const Attributes& attributes, std::string_view name);
// Of the first input, nullptr where it is not known. Throws Error unless it has two axes.
const PartialShape* matrix_shape(const InferContext& context);

}  // namespace twingrad
