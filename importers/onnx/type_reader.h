#pragma once

#include "importers/onnx/proto.h"
#include "ir/type.h"

namespace twingrad {

// A static type as a file declares it; unknown where it declares nothing. Throws Error for negative
// dimensions, unknown element types and ranks above the limit.
Type read_type(const onnx::TypeProto& proto);

}  // namespace twingrad
