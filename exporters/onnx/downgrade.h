#pragma once

#include <cstdint>

#include "exporters/onnx/proto.h"
#include "ir/graph.h"

namespace twingrad {

// Rewrites a node, as it was written in its newest form, into the form that an older opset has for
// the same meaning: axes that were an attribute, names that modes had. What an opset cannot say at
// all is `required_opset`'s matter. Throws Error (unsupported) where the older form needs a value
// that only running the model gives.
void downgrade(const Graph& graph, const Node& node, int64_t opset, onnx::NodeProto& proto);

}  // namespace twingrad
