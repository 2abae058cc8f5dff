#pragma once

#include <string>

#include "importers/onnx/proto.h"
#include "ir/graph_queries.h"

namespace twingrad {

// As for a node of a graph.
std::string node_place(const onnx::NodeProto& node);

}  // namespace twingrad
