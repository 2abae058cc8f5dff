#include <algorithm>
#include <map>

#include "backends/static/passes/rewrite.h"
#include "backends/static/passes/tables.h"
#include "ir/error.h"
#include "ir/graph_queries.h"
#include "ir/model.h"

namespace twingrad {
namespace {

constexpr int kDeepest = 64;  // expansions inside of expansions, functions inside of functions

enum class Fate { kKeep, kInline, kExpand, kNeither };

bool ranks_known(const Graph& graph, const Node& node) {
  return std::ranges::all_of(node.inputs, [&](ValueId id) {
    if (id == kNoValue) return true;
    const Type& type = graph.value(id).type;
    return !type.is_unknown() && (!type.is_tensor() || type.shape.has_value());
  });
}

// Operators that the executor itself does.
bool is_native(const OpDef& op) {
  return op.op_class == OpClass::kView || (op.domain.empty() && op.name == "Constant") ||
         (op.op_class == OpClass::kControlFlow && op.expand == nullptr);
}

Fate fate_of(const Graph& graph, const Node& node, const Backend& backend) {
  if (node.function) return Fate::kInline;
  if (is_native(*node.op) || backend.find(graph, node) != nullptr) return Fate::kKeep;
  if (node.op->expand == nullptr) return Fate::kNeither;
  return ranks_known(graph, node) ? Fate::kExpand : Fate::kKeep;
}

void put_in_place(Rewrite& rewrite, const Node& node, std::span<const ValueId> outputs,
                  ValueId first_new) {
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    if (node.outputs[i] != kNoValue) rewrite.replace(node.outputs[i], outputs[i], first_new);
  }
}

void substitute(Rewrite& rewrite, const Node& node, Fate fate) {
  const std::vector<ValueId> inputs = mapped(node.inputs, rewrite.map);
  const auto first_new = static_cast<ValueId>(rewrite.graph.values().size());
  try {
    put_in_place(rewrite, node,
                 fate == Fate::kInline
                     ? inline_call(*node.function, node.attributes, rewrite.builder, inputs)
                     : node.op->expand(rewrite.builder, node, inputs),
                 first_new);
  } catch (const Error& error) {
    throw error.at("node " + quoted_name(node.name));
  }
}

// One level of expansion; whether there was one.
bool lower_once(Graph& graph, const PassContext& context) {
  const auto has_work = [&](const Node& node) {
    const Fate fate = fate_of(graph, node, context.backend);
    return fate == Fate::kInline || fate == Fate::kExpand;
  };
  if (std::ranges::none_of(graph.nodes(), has_work)) return false;
  Rewrite rewrite(graph);
  for (const Node& node : graph.nodes()) {
    const Fate fate = fate_of(graph, node, context.backend);
    if (fate == Fate::kInline || fate == Fate::kExpand) {
      substitute(rewrite, node, fate);
    } else {
      rewrite.keep(node);
    }
  }
  graph = rewrite.finish();
  return true;
}

using Missing = std::map<std::string, std::vector<std::string>>;

std::string label_of(const Graph& graph, const Node& node) {
  const bool nameless = node.name.empty() && !node.outputs.empty() && node.outputs[0] != kNoValue;
  return nameless ? graph.value(node.outputs[0]).name : node.name;
}

void collect_missing(const Graph& graph, const Backend& backend, Missing& missing) {
  const std::vector<bool> needed = needed_nodes(graph);
  for (size_t i = 0; i < graph.nodes().size(); ++i) {
    const Node& node = graph.nodes()[i];
    if (!needed[i]) continue;
    for (const GraphPointer& nested : nested_graphs(node.attributes)) {
      collect_missing(*nested, backend, missing);
    }
    if (fate_of(graph, node, backend) != Fate::kNeither) continue;
    const auto type = data_type_name(key_type(graph, node));
    missing[node.op->full_name() + " of " + std::string(type)].push_back(label_of(graph, node));
  }
}

void check_supported(const Graph& graph, const Backend& backend) {
  Missing missing;
  collect_missing(graph, backend, missing);
  if (missing.empty()) return;
  std::string text;
  for (const auto& [op, nodes] : missing) {
    text += (text.empty() ? "" : "; ") + op + " (node " + quoted_name(nodes[0]);
    if (nodes.size() > 1) text += " and " + std::to_string(nodes.size() - 1) + " more";
    text += ")";
  }
  fail_unsupported("backend ", backend.name(), " has no kernel for ", text);
}

Graph lowered(const Graph& graph, const PassContext& context) {
  Graph result = graph;
  int depth = 0;
  while (lower_once(result, context)) {
    check(++depth < kDeepest, "operators expand into each other without end");
  }
  for (size_t i = 0; i < result.nodes().size(); ++i) {
    Attributes& attributes = result.node(static_cast<NodeId>(i)).attributes;
    Attributes inner = attributes;
    for (const auto& [name, value] : attributes) {
      const auto* nested = std::get_if<GraphPointer>(&value);
      if (nested == nullptr) continue;
      inner.set(name, std::make_shared<const Graph>(lowered(**nested, context)));
    }
    attributes = std::move(inner);
  }
  return result;
}

}  // namespace

Graph lower(const Graph& graph, const PassContext& context) {
  Graph result = lowered(graph, context);
  check_supported(result, context.backend);
  return result;
}

}  // namespace twingrad
