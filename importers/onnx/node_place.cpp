#include "importers/onnx/node_place.h"

namespace twingrad {

std::string node_place(const onnx::NodeProto& node) {
  const bool named = !node.name().empty() || node.output().empty();
  return node_place(named ? node.name() : node.output(0), node.op_type());
}

}  // namespace twingrad
