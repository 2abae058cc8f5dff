#include "parity/repairs/constant_parameter.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "backends/static/passes/rewrite.h"
#include "ir/error.h"
#include "parity/node_support.h"
#include "parity/repairs/origins.h"
#include "parity/repairs/torch_metadata.h"

namespace twingrad {
namespace {

constexpr std::array kRecurrent = {"LSTM", "GRU", "RNN"};
constexpr std::array kRecurrentRoles = {"", "weight", "recurrence", "bias"};
constexpr std::array kReshaping = {"Identity", "Transpose", "Reshape", "Squeeze", "Unsqueeze"};

bool is_one_of(const Node& node, std::span<const char* const> names) {
  return std::ranges::any_of(names, [&](const char* name) { return is_operator(node, name); });
}

bool is_from_pytorch(const Node& node) {
  return traced_call(node).has_value() || !module_path(node).empty();
}

class ConstantPlanner {
 public:
  explicit ConstantPlanner(const Graph& graph) : graph_(graph) {
    for (size_t i = 0; i < graph.nodes().size(); ++i) {
      const Node& node = graph.nodes()[i];
      for (size_t k = 0; k < node.inputs.size(); ++k) {
        if (node.inputs[k] == kNoValue) continue;
        const bool captured = k + node.captures >= node.inputs.size();
        if (captured) held_.insert(node.inputs[k]);
        if (!captured) readers_[node.inputs[k]].emplace_back(static_cast<NodeId>(i), k);
      }
    }
    held_.insert(graph.outputs().begin(), graph.outputs().end());
    find_uses();
  }

  Plan plan();

 private:
  struct Use {
    NodeId node = kNoNode;
    std::string role;
  };
  std::string role_of(const Node& node, size_t input) const;
  bool is_product(ValueId id) const;
  void find_uses();
  std::string name_for(const Value& constant, const Use& use);

  const Graph& graph_;
  std::map<ValueId, std::vector<std::pair<NodeId, size_t>>> readers_;
  std::set<ValueId> held_;       // by nested graphs and outputs
  std::map<ValueId, Use> uses_;  // what a layer has it, or a view of it, as
  std::set<std::string> taken_;
};

bool ConstantPlanner::is_product(ValueId id) const {
  if (id == kNoValue || graph_.value(id).producer == kNoNode) return false;
  const Node& node = graph_.node(graph_.value(id).producer);
  return is_operator(node, "MatMul") || is_operator(node, "Conv");
}

// What the node does with that input; empty where it is nothing that a layer owns.
std::string ConstantPlanner::role_of(const Node& node, size_t input) const {
  if (is_operator(node, "PRelu") && input == 1) return "weight";
  if (is_one_of(node, kRecurrent) && input < kRecurrentRoles.size()) return kRecurrentRoles[input];
  if (is_operator(node, "Add") && input < 2 && is_product(node.inputs[1 - input])) return "bias";
  return std::string(role_of_input(node, input));
}

// Backwards: the view of a weight that a later node reads is a weight.
void ConstantPlanner::find_uses() {
  for (size_t i = graph_.nodes().size(); i-- > 0;) {
    const Node& node = graph_.nodes()[i];
    if (is_from_pytorch(node)) continue;
    for (size_t k = 0; k + node.captures < node.inputs.size(); ++k) {
      const ValueId id = node.inputs[k];
      if (id == kNoValue) continue;
      std::string role = role_of(node, k);
      if (!role.empty()) uses_[id] = {static_cast<NodeId>(i), std::move(role)};
      if (k > 0 || !is_one_of(node, kReshaping)) continue;
      const auto use = uses_.find(node.outputs[0]);
      if (use != uses_.end()) uses_[id] = Use(use->second);
    }
  }
}

std::string ConstantPlanner::name_for(const Value& constant, const Use& use) {
  const bool own = !constant.made_up_name && !is_made_up(constant.name);
  const std::string wanted =
      own ? constant.name : node_label(graph_, graph_.node(use.node)) + "." + use.role;
  const auto is_free = [&](const std::string& name) {
    const auto found = graph_.find(name);
    return (!found || &graph_.value(*found) == &constant) && !taken_.contains(name);
  };
  std::string name = wanted;
  for (int i = 1; !is_free(name); ++i) name = wanted + "_" + std::to_string(i);
  taken_.insert(name);
  return name;
}

Plan ConstantPlanner::plan() {
  Plan plan;
  for (const Node& node : graph_.nodes()) {
    if (!is_operator(node, "Constant") || held_.contains(node.outputs[0])) continue;
    const Value& value = graph_.value(node.outputs[0]);
    const Tensor* data = fixed_value(graph_, node.outputs[0]);
    const bool tensor = data != nullptr && is_floating_point(data->type());
    if (!tensor || data->rank() == 0 || data->element_count() < 2) continue;
    const auto use = uses_.find(node.outputs[0]);
    if (use == uses_.end()) continue;
    const std::string name = name_for(value, use->second);
    plan.parameters.push_back({name, *data});
    for (const auto& [reader, input] : readers_[node.outputs[0]]) {
      plan.rewirings.push_back({reader, input, name});
    }
    plan.deeds.push_back({readers_[node.outputs[0]].front().first,
                          quoted_name(value.name) + " is a weight in a Constant node",
                          quoted_name(name) + " is a parameter"});
  }
  return plan;
}

}  // namespace

Plan constant_parameter_plan(const Graph& graph) {
  return ConstantPlanner(graph).plan();
}

}  // namespace twingrad
