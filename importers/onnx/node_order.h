#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "importers/onnx/proto.h"

namespace twingrad {

using NodeProtos = google::protobuf::RepeatedPtrField<onnx::NodeProto>;

// Every node, those of nested graphs included, each before those nested in it.
void visit_nodes(const NodeProtos& nodes, const std::function<void(const onnx::NodeProto&)>& visit);

// The names that the nested graphs of a node use and do not define, in the order of first use.
std::vector<std::string_view> captured_names(const onnx::NodeProto& node);

// The nodes so that each stands behind those whose outputs it, or a graph nested in it, uses. Nodes
// keep their order where that allows. Throws Error for a cycle, naming a value on it.
std::vector<const onnx::NodeProto*> in_order(const NodeProtos& nodes);

}  // namespace twingrad
