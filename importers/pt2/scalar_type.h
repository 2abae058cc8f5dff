#pragma once

#include "importers/json_text.h"
#include "ir/data_type.h"

namespace twingrad {

// The element type that a number of PyTorch's export schema stands for (an enumeration of its own,
// not c10's). Throws Error: invalid for numbers that the schema does not have, unsupported for
// types that nothing here computes with.
DataType read_scalar_type(const JsonView& number);

// The types in which complex numbers are held here: their parts along a last axis of 2.
bool is_complex_pair(DataType type);
DataType part_type(DataType complex);

}  // namespace twingrad
