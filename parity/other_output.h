#pragma once

#include "importers/json_text.h"
#include "parity/bundle.h"

namespace twingrad {

// {"shape": [...], "values": [strings, row-major]} as a string tensor.
Tensor read_string_tensor(const JsonView& object);

// A value of `other_outputs`: strings as above, or {"sequence": [...]} of strings, numbers, nested
// lists of numbers (tensors; ragged ones are an Error) and objects (maps).
OtherOutput read_other_output(const JsonView& object);

}  // namespace twingrad
