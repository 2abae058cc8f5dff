#include "parity/hypotheses/graph_edit.h"

#include <algorithm>
#include <set>

#include "ir/error.h"
#include "training/graph_copy.h"

namespace twingrad {
namespace {

// Which outputs of a case speak for or against a change of values on which they depend.
class Outputs {
 public:
  explicit Outputs(const FailedCase& failed) : graph_(failed.item.graph) {
    for (const LegReport& leg : failed.report.legs) {
      if (leg.leg != "reference" || !leg.left.starts_with("eager/")) continue;
      for (const TensorVerdict& tensor : leg.tensors) take(tensor);
    }
  }

  // A change that no output shows may still be one of gradients.
  bool allow(const NodeChange& change) const {
    if (failed_.empty()) return true;
    const std::set<ValueId> reached = reached_from(change);
    const auto is_reached = [&](ValueId id) { return reached.contains(id); };
    return std::ranges::any_of(failed_, is_reached) && std::ranges::none_of(agreeing_, is_reached);
  }

 private:
  void take(const TensorVerdict& tensor) {
    if (tensor.kind != "output" && tensor.kind != "intermediate") return;
    const std::optional<ValueId> id = graph_.find(tensor.name);
    if (!id) return;
    if (tensor.verdict == Verdict::kFailed) {
      failed_.push_back(*id);
    } else if (!tensor.all_zero && !tensor.constant && tensor.needed_rtol < 1e-6) {
      agreeing_.push_back(*id);
    }
  }

  std::set<ValueId> reached_from(const NodeChange& change) const {
    std::set<ValueId> reached;
    for (const auto& [id, edit] : change.edits) {
      const std::vector<ValueId>& outputs = graph_.node(id).outputs;
      const size_t first = std::min(change.first_output, outputs.size());
      reached.insert(outputs.begin() + static_cast<std::ptrdiff_t>(first), outputs.end());
    }
    for (const Node& other : graph_.nodes()) {
      const bool depends =
          std::ranges::any_of(other.inputs, [&](ValueId id) { return reached.contains(id); });
      if (depends) reached.insert(other.outputs.begin(), other.outputs.end());
    }
    reached.erase(kNoValue);
    return reached;
  }

  const Graph& graph_;
  std::vector<ValueId> failed_;
  std::vector<ValueId> agreeing_;
};

std::string sentence_of(const Graph& graph, const std::vector<const NodeChange*>& changes) {
  const Node& first = graph.node(changes[0]->node);
  if (changes.size() == 1) {
    return "matches if " + node_title(graph, first) + " has " + changes[0]->what;
  }
  return join_text("matches if all ", changes.size(), " ", first.op->name, " nodes have ",
                   changes[0]->what);
}

// Nodes of one operator of which the same is said.
std::string group_of(const Graph& graph, const NodeChange& change) {
  const Node& node = graph.node(change.node);
  return std::string(node.op != nullptr ? node.op->name : "function") + " has " + change.what;
}

bool try_together(const FailedCase& failed, const std::vector<const NodeChange*>& changes,
                  const VariantTest& test) {
  std::map<NodeId, NodeEdit> edits;
  Variant variant{sentence_of(failed.item.graph, changes), failed.item};
  for (const NodeChange* change : changes) {
    edits.insert(change->edits.begin(), change->edits.end());
  }
  try {
    variant.item.graph = with_nodes_replaced(failed.item.graph, edits);
  } catch (const Error&) {
    return false;  // the rest of the graph does not fit such a node
  }
  return test(std::move(variant));
}

}  // namespace

Graph with_nodes_replaced(const Graph& graph, const std::map<NodeId, NodeEdit>& edits) {
  Graph result;
  Builder builder(result);
  ValueMap map = copy_frame(graph, builder);
  NodeId id = 0;
  for (const Node& node : graph.nodes()) {
    const auto edit = edits.find(id++);
    if (edit == edits.end()) {
      replay_node(graph, node, builder, map);
      continue;
    }
    builder.set_recording(node.recorded);
    const std::vector<ValueId> outputs = edit->second(builder, spec_of(graph, node, map));
    builder.set_recording(true);
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i] == kNoValue) continue;
      map[static_cast<size_t>(node.outputs[i])] = outputs.at(i);
      const std::string& name = graph.value(node.outputs[i]).name;
      if (result.value(outputs[i]).name != name) result.rename(outputs[i], result.free_name(name));
    }
  }
  result.set_outputs(mapped(graph.outputs(), map));
  return result;
}

Graph with_shapes_of(const Graph& graph, const NamedData& inputs) {
  Graph typed = graph;
  for (const auto& [name, datum] : inputs) {
    const std::optional<ValueId> id = typed.find(name);
    if (id) typed.value(*id).type = refined_type(typed.value(*id).type, datum);
  }
  return with_nodes_replaced(typed, {});
}

std::string node_title(const Graph& graph, const Node& node) {
  if (!node.name.empty()) return "node '" + node.name + "'";
  std::string title = "the " + std::string(node.op != nullptr ? node.op->name : "function");
  for (const ValueId id : node.outputs) {
    if (id != kNoValue) return title + " of '" + graph.value(id).name + "'";
  }
  return title;
}

NodeChange attribute_change(NodeId node, std::string_view attribute, AttributeValue value,
                            const std::string& now, const std::string& here) {
  const std::string name(attribute);
  const NodeEdit edit = [name, value = std::move(value)](Builder& builder, NodeSpec spec) {
    spec.attributes.set(name, value);
    return builder.emit(std::move(spec));
  };
  return {node, name + " " + now + " (here " + here + ")", {{node, edit}}};
}

const Tensor* known_tensor(const ParityCase& item, ValueId id) {
  if (id == kNoValue) return nullptr;
  const Value& value = item.graph.value(id);
  const auto given = item.question.inputs.find(value.name);
  if (given != item.question.inputs.end()) {
    return given->second.is_tensor() ? &given->second.tensor() : nullptr;
  }
  if (value.data) return &*value.data;
  if (value.producer == kNoNode) return nullptr;
  const Node& node = item.graph.node(value.producer);
  if (is_operator(node, "Identity")) return known_tensor(item, node.inputs[0]);
  const AttributeValue* held =
      is_operator(node, "Constant") ? node.attributes.find("value") : nullptr;
  return held == nullptr ? nullptr : std::get_if<Tensor>(held);
}

bool try_changes(const FailedCase& failed, const std::vector<NodeChange>& changes,
                 const VariantTest& test) {
  const Outputs outputs(failed);
  const Graph& graph = failed.item.graph;
  std::vector<const NodeChange*> likely;
  std::map<std::string, std::vector<const NodeChange*>> groups;
  for (const NodeChange& change : changes) {
    if (!outputs.allow(change)) continue;
    likely.push_back(&change);
    groups[group_of(graph, change)].push_back(&change);
  }
  for (const NodeChange* change : likely) {
    const std::vector<const NodeChange*>& group = groups.at(group_of(graph, *change));
    if (group.size() < 2 || group[0] != change) continue;
    if (try_together(failed, group, test)) return true;
  }
  for (const NodeChange* change : likely) {
    if (try_together(failed, {change}, test)) return true;
  }
  return false;
}

}  // namespace twingrad
