#include "importers/onnx/node_place.h"

#include "ir/error.h"

namespace twingrad {

std::string node_place(std::string_view name, std::string_view op) {
  const std::string operator_name = quoted_name(op);
  return (name.empty() ? "node (" : "node " + quoted_name(name) + " (") +
         operator_name.substr(1, operator_name.size() - 2) + ")";
}

std::string node_place(const onnx::NodeProto& node) {
  const bool named = !node.name().empty() || node.output().empty();
  return node_place(named ? node.name() : node.output(0), node.op_type());
}

}  // namespace twingrad
