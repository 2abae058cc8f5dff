#pragma once

#include "importers/onnx/proto.h"
#include "ir/tensor.h"

namespace twingrad {

// Throws Error unless at most one of raw_data, the typed fields and external data holds something,
// and, for a typed field, it is the one that ONNX puts this element type into.
void check_payload(const onnx::TensorProto& proto, DataType type);

// The elements from the typed field. Throws Error where their number does not fit the shape, or one
// does not fit the type.
Tensor tensor_from_typed_data(const onnx::TensorProto& proto, DataType type, const Shape& shape);

}  // namespace twingrad
