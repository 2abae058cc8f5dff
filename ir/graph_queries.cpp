#include "ir/graph_queries.h"

#include <algorithm>

#include "ir/error.h"
#include "ir/op.h"

namespace twingrad {

bool is_operator(const Node& node, std::string_view name, std::string_view domain) {
  return node.op != nullptr && node.op->name == name && node.op->domain == domain;
}

ValueId input_of(const Node& node, size_t i) {
  return i < node.inputs.size() ? node.inputs[i] : kNoValue;
}

const Node* producer_of(const Graph& graph, ValueId id) {
  const NodeId producer = id == kNoValue ? kNoNode : graph.value(id).producer;
  return producer == kNoNode ? nullptr : &graph.node(producer);
}

std::vector<bool> needed_nodes(const Graph& graph) {
  std::vector<bool> needed(graph.nodes().size(), false);
  const auto need = [&](ValueId id) {
    if (id != kNoValue && graph.value(id).producer != kNoNode) {
      needed[static_cast<size_t>(graph.value(id).producer)] = true;
    }
  };
  for (const ValueId id : graph.outputs()) need(id);
  for (size_t i = graph.nodes().size(); i-- > 0;) {
    if (!needed[i]) continue;
    for (const ValueId id : graph.nodes()[i].inputs) need(id);
  }
  return needed;
}

std::vector<size_t> use_counts(const Graph& graph) {
  std::vector<size_t> counts(graph.values().size());
  const auto use = [&counts](ValueId id) {
    if (id != kNoValue) ++counts[static_cast<size_t>(id)];
  };
  for (const Node& node : graph.nodes()) std::ranges::for_each(node.inputs, use);
  std::ranges::for_each(graph.outputs(), use);
  return counts;
}

std::string node_place(std::string_view name, std::string_view op) {
  const std::string operator_name = quoted_name(op);
  return (name.empty() ? "node (" : "node " + quoted_name(name) + " (") +
         operator_name.substr(1, operator_name.size() - 2) + ")";
}

std::string node_place(const Graph& graph, const Node& node) {
  std::string name = node.name;
  for (const ValueId id : node.outputs) {
    if (name.empty() && id != kNoValue) name = graph.value(id).name;
  }
  return node_place(name, node.op != nullptr ? node.op->full_name() : node.function->name);
}

std::vector<const Graph*> graphs_of(const Model& model) {
  std::vector<const Graph*> graphs{&model.graph};
  for (const auto& function : model.functions) graphs.push_back(&function->body);
  if (model.training_info) {
    graphs.push_back(&model.training_info->algorithm);
    graphs.push_back(&model.training_info->initialization);
  }
  return graphs;
}

uint64_t data_bytes(const Graph& graph) {
  uint64_t bytes = 0;
  for (const Value& value : graph.values()) {
    if (value.data) bytes += value.data->byte_size();
  }
  for (const Node& node : graph.nodes()) {
    for (const GraphPointer& nested : nested_graphs(node.attributes)) bytes += data_bytes(*nested);
  }
  return bytes;
}

}  // namespace twingrad
