#pragma once

#include <string>
#include <string_view>

#include "exporters/json/json_layout.h"
#include "ir/tensor.h"
#include "ir/type.h"

namespace twingrad {

// Element `index` as the JSON model form has it (docs/model.md). Floating-point numbers are written
// with the fewest digits that give the same bits when they are read: rounded to the nearest double
// and then to the type. Other NaNs than the usual one are written as their bits.
JsonValue element_value(const Tensor& tensor, int64_t index);
// All elements, in one array for each axis.
JsonValue nested_values(const Tensor& tensor);

// A string, or {"base64": "..."} where it is not UTF-8.
JsonValue text_value(std::string_view text);
std::string encode_base64(std::string_view bytes);

// A type as the JSON model form has it: "float[batch,3]"; names of extents that are not plain
// words stand in single quotes.
std::string json_type_text(const Type& type);

}  // namespace twingrad
