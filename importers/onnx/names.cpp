#include "importers/onnx/names.h"

namespace twingrad {

void Names::reserve(const onnx::GraphProto& graph) {
  for (const auto& value : graph.input()) taken_.insert(value.name());
  for (const auto& tensor : graph.initializer()) taken_.insert(tensor.name());
  for (const auto& tensor : graph.sparse_initializer()) taken_.insert(tensor.values().name());
  reserve(graph.node());
}

void Names::reserve(const google::protobuf::RepeatedPtrField<onnx::NodeProto>& nodes) {
  for (const auto& node : nodes) {
    taken_.insert(node.output().begin(), node.output().end());
    for (const auto& attribute : node.attribute()) {
      if (attribute.has_g()) reserve(attribute.g());
      for (const auto& graph : attribute.graphs()) reserve(graph);
    }
  }
}

std::string Names::fresh(std::string_view wanted) {
  const auto [place, added] = taken_.emplace(wanted);
  return added ? *place : numbered(wanted);
}

std::string Names::numbered(std::string_view stem) {
  for (;;) {
    const auto [place, added] = taken_.insert(std::string(stem) + "_" + std::to_string(++next_));
    if (added) return *place;
  }
}

}  // namespace twingrad
