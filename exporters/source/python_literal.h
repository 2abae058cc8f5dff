#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "exporters/source/code.h"
#include "ir/tensor.h"

namespace twingrad {

Code python_integer(int64_t value);
// The shortest text that gives the number again in `precision` (float or double); infinities and
// NaN as float("inf").
Code python_real(double value, DataType precision);
Code python_bool(bool value);
// In double quotes, with escapes for what is not printable.
Code python_string(std::string_view text);
// "[1, 2]" and "(1, 2)"
Code python_list(std::span<const int64_t> values);
Code python_tuple(std::span<const int64_t> values);
// An element of a tensor of numbers or bools.
Code python_element(const Tensor& tensor, int64_t index);
// Nested lists of a tensor's elements; of a scalar the element.
Code python_elements(const Tensor& tensor);

// A name of the model as an identifier: other characters become '_', keywords and leading digits
// get one. Empty where nothing remains.
std::string python_identifier(std::string_view name);
bool is_python_identifier(std::string_view name);

}  // namespace twingrad
