#include "backends/static/schedule.h"

#include <algorithm>

namespace twingrad {
namespace {

bool is_static(const Graph& graph, const Node& node) {
  const auto known = [&graph](ValueId id) {
    return id == kNoValue || graph.value(id).type.is_static();
  };
  return std::ranges::all_of(node.inputs, known) && std::ranges::all_of(node.outputs, known);
}

ScheduledStep::Kind kind_of(const Graph& graph, const Node& node, const Backend& backend) {
  using Kind = ScheduledStep::Kind;
  if (node.op->op_class == OpClass::kView) return Kind::kDynamic;
  const KernelRow* row = backend.find(graph, node);
  if (row == nullptr) return Kind::kNested;
  if (!is_static(graph, node)) return Kind::kDynamic;
  return row->elements != nullptr ? Kind::kElements : Kind::kKernel;
}

}  // namespace

bool is_static_view(const Graph& graph, const Node& node) {
  return node.op->op_class == OpClass::kView && graph.value(node.inputs[0]).type.is_static() &&
         graph.value(node.outputs[0]).type.is_static();
}

bool is_constant_node(const Node& node) {
  return node.op->name == "Constant" && node.op->domain.empty();
}

std::vector<ScheduledStep> schedule(const Graph& graph, const Backend& backend, bool) {
  std::vector<ScheduledStep> steps;
  for (size_t i = 0; i < graph.nodes().size(); ++i) {
    const Node& node = graph.nodes()[i];
    if (is_constant_node(node) || is_static_view(graph, node)) continue;
    steps.push_back({kind_of(graph, node, backend), {static_cast<NodeId>(i)}});
  }
  return steps;
}

}  // namespace twingrad
