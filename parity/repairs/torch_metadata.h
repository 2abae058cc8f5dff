#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph.h"

namespace twingrad {

// What PyTorch's exporters leave in a graph beside the model: torch.onnx.export(dynamo=True) in
// metadata, the older one in the names of nodes. Text that is not as they write it says nothing.

// The call that a node was made from: "%linear : [num_users=1] = call_function[target=
// torch.ops.aten.linear.default](args = (%x, %p_fc_weight, None), kwargs = {})".
struct TracedCall {
  std::string target;                  // "aten.linear.default"
  std::vector<std::string> arguments;  // "%x", "None", "[2, 3]"
};
std::optional<TracedCall> traced_call(const Node& node);

// What the graph's signature says of the tensors that the module owned.
struct TracedTensor {
  std::string argument;  // as calls have it: "p_fc_weight"
  std::string kind;      // "PARAMETER", "BUFFER", "CONSTANT_TENSOR"
  std::string name;      // "fc.weight"
};
std::vector<TracedTensor> traced_tensors(const Graph& graph);

// Whether a rule of onnxscript's rewriter made the node: one whose name starts so.
bool is_rewritten_by(const Node& node, std::string_view rule);

// The path of the module that a node belongs to, from a name as the older exporter gives it:
// "/layer1/layer1.0/conv1/Conv_1" is "layer1.0.conv1" for an operator Conv. Empty for nodes of the
// model itself, and for other names.
std::string module_path(const Node& node);

}  // namespace twingrad
