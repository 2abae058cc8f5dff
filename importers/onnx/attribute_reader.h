#pragma once

#include <functional>

#include "importers/onnx/proto.h"
#include "importers/onnx/tensor_reader.h"
#include "ir/attribute.h"

namespace twingrad {

using ReadNestedGraph = std::function<GraphPointer(const onnx::GraphProto&)>;

// One attribute of a node, or the default of one of a function. A reference to an attribute of the
// enclosing function becomes an AttributeReference. Throws Error for a type that is absent or
// unknown, and for a payload of another type.
AttributeValue read_attribute(const onnx::AttributeProto& proto, TensorReader& tensors,
                              const ReadNestedGraph& read_graph);

}  // namespace twingrad
