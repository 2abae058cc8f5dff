#pragma once

#include <cstdint>

#include "ir/op.h"

namespace twingrad {

// Whether ONNX's operator takes `type` as its i-th input in some opset up to `newest_opset`: what
// the definition row says, without double where only the row, for the differences leg, has it.
bool takes_type(const OpDef& op, size_t input, DataType type, int64_t newest_opset);

}  // namespace twingrad
