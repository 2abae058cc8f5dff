#pragma once

#include <string>
#include <string_view>

#include "importers/onnx/proto.h"

namespace twingrad {

// Where an Error is, as Builder says it too: "node 'conv1' (Conv)".
std::string node_place(std::string_view name, std::string_view op);
// A node without a name is called by its first output.
std::string node_place(const onnx::NodeProto& node);

}  // namespace twingrad
