#pragma once

#include <string>

#include "importers/json_text.h"
#include "ir/tensor.h"

namespace twingrad {

// Elements of a tensor as JSON values. Integers are written as integers within the range of their
// type, bools as true and false, complex numbers as [real, imaginary], strings as strings or, where
// they are not UTF-8, as {"base64": "..."}. Floating-point numbers are written in decimal and
// rounded to the type (through the nearest double), or are "NaN", "Infinity", "-Infinity", or the
// bits of the element as hexadecimal digits, "0x7fc00001". Every reader throws an Error with the
// path of what does not fit; nothing is wrapped, clamped or made infinite.

// The tensor of nested arrays of elements, one level for each axis. The extents come from the
// arrays.
Tensor tensor_of_values(const JsonView& values, DataType type);
// The same where the shape is known; throws Error where the arrays have another one.
Tensor tensor_of_values(const JsonView& values, DataType type, const Shape& shape);

// A string element, or a string attribute.
std::string text_of(const JsonView& value);

}  // namespace twingrad
