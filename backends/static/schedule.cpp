#include "backends/static/schedule.h"

#include <algorithm>

#include "backends/static/element_group.h"
#include "backends/static/uses.h"

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
  if (node.op->op_class == OpClass::kView) {
    return graph.value(node.inputs[0]).type.is_tensor() ? Kind::kDynamic : Kind::kEvaluate;
  }
  const KernelRow* row = backend.find(graph, node);
  if (row == nullptr) return Kind::kNested;
  if (row->evaluate != nullptr) return Kind::kEvaluate;
  if (!is_static(graph, node)) return Kind::kDynamic;
  const auto has_text = [&graph](ValueId id) {
    return id != kNoValue && graph.value(id).type.element == DataType::kString;
  };
  const bool textual = std::ranges::any_of(node.inputs, has_text) || has_text(node.outputs[0]);
  const bool fits = node.inputs.size() <= ElementGroup::kMostOperands;
  return row->elements != nullptr && !textual && fits ? Kind::kElements : Kind::kKernel;
}

class Scheduler {
 public:
  Scheduler(const Graph& graph, const Backend& backend, bool fused)
      : graph_(graph),
        backend_(backend),
        uses_(graph),
        fused_(fused),
        group_of_(graph.nodes().size(), kNoGroup) {}

  std::vector<ScheduledStep> steps() {
    for (size_t i = 0; i < graph_.nodes().size(); ++i) {
      const Node& node = graph_.nodes()[i];
      if (is_constant_node(node) || is_static_view(graph_, node)) continue;
      const auto id = static_cast<NodeId>(i);
      const ScheduledStep::Kind kind = kind_of(graph_, node, backend_);
      if (kind == ScheduledStep::Kind::kElements) {
        add_element_node(id);
      } else {
        for (const size_t group : open_groups_of(node)) close(group);
        steps_.push_back({kind, {id}});
      }
    }
    for (size_t group = 0; group < groups_.size(); ++group) close(group);
    return std::move(steps_);
  }

 private:
  static constexpr size_t kNoGroup = static_cast<size_t>(-1);
  static constexpr size_t kMostNodes = 40;

  // Open: depends on steps only, never on another open group.
  struct Group {
    int64_t count = 0;  // elements of every result
    std::vector<NodeId> nodes;
    bool open = true;
    size_t operands = 0;  // of all nodes; each node but one has one from inside the group
    size_t outside_operands() const { return operands + 1 - nodes.size(); }
  };

  bool fit_together(const Group& a, const Group* b, const Node& node) const {
    const size_t nodes = a.nodes.size() + (b == nullptr ? 0 : b->nodes.size()) + 1;
    const size_t operands = a.outside_operands() + (b == nullptr ? 0 : b->outside_operands());
    return nodes <= kMostNodes && operands + node.inputs.size() <= ElementGroup::kMostOperands;
  }

  int64_t count_of(NodeId id) const {
    return graph_.value(graph_.node(id).outputs[0]).type.shape->shape().element_count();
  }

  std::vector<size_t> open_groups_of(const Node& node) const {
    std::vector<size_t> found;
    for (const ValueId id : node.inputs) {
      if (id == kNoValue) continue;
      const NodeId producer = graph_.value(view_source(graph_, id)).producer;
      if (producer == kNoNode) continue;
      const size_t group = group_of_[static_cast<size_t>(producer)];
      if (group == kNoGroup || !groups_[group].open) continue;
      if (std::ranges::find(found, group) == found.end()) found.push_back(group);
    }
    return found;
  }

  void close(size_t group) {
    if (!groups_[group].open) return;
    groups_[group].open = false;
    std::ranges::sort(groups_[group].nodes);
    steps_.push_back({ScheduledStep::Kind::kElements, std::move(groups_[group].nodes)});
  }

  void add_element_node(NodeId id) {
    const int64_t count = count_of(id);
    size_t home = kNoGroup;
    for (const size_t group : open_groups_of(graph_.node(id))) {
      const Group* other = home == kNoGroup ? nullptr : &groups_[home];
      if (groups_[group].count != count || !fit_together(groups_[group], other, graph_.node(id))) {
        close(group);
      } else if (home == kNoGroup) {
        home = group;
      } else {
        absorb(home, group);
      }
    }
    if (home == kNoGroup) {
      home = groups_.size();
      groups_.push_back({count, {}});
    }
    groups_[home].nodes.push_back(id);
    groups_[home].operands += graph_.node(id).inputs.size();
    group_of_[static_cast<size_t>(id)] = home;
    if (!fused_ || !may_grow(groups_[home], id)) close(home);
  }

  void absorb(size_t home, size_t other) {
    for (const NodeId node : groups_[other].nodes) {
      groups_[home].nodes.push_back(node);
      group_of_[static_cast<size_t>(node)] = home;
    }
    groups_[home].operands += groups_[other].operands;
    groups_[other].nodes.clear();
    groups_[other].open = false;
  }

  // Whether a node after `last` could join: else the group need not wait.
  bool may_grow(const Group& group, NodeId last) const {
    return std::ranges::any_of(group.nodes, [&](NodeId node) {
      return has_joining_reader(graph_.node(node).outputs[0], group.count, last);
    });
  }

  bool has_joining_reader(ValueId id, int64_t count, NodeId last) const {
    return std::ranges::any_of(uses_.readers(id), [&](NodeId reader) {
      const Node& node = graph_.node(reader);
      if (node.op->op_class == OpClass::kView && is_static_view(graph_, node)) {
        return has_joining_reader(node.outputs[0], count, last);
      }
      return reader > last && kind_of(graph_, node, backend_) == ScheduledStep::Kind::kElements &&
             count_of(reader) == count;
    });
  }

  const Graph& graph_;
  const Backend& backend_;
  const Uses uses_;
  bool fused_;
  std::vector<size_t> group_of_;  // by node
  std::vector<Group> groups_;
  std::vector<ScheduledStep> steps_;
};

}  // namespace

bool is_static_view(const Graph& graph, const Node& node) {
  return node.op->op_class == OpClass::kView && graph.value(node.inputs[0]).type.is_static() &&
         graph.value(node.outputs[0]).type.is_static();
}

bool is_constant_node(const Node& node) {
  return node.op->name == "Constant" && node.op->domain.empty();
}

ValueId view_source(const Graph& graph, ValueId id) {
  while (graph.value(id).producer != kNoNode) {
    const Node& node = graph.node(graph.value(id).producer);
    if (node.op->op_class != OpClass::kView || !is_static_view(graph, node)) break;
    id = node.inputs[0];
  }
  return id;
}

std::vector<ScheduledStep> schedule(const Graph& graph, const Backend& backend, bool fused) {
  return Scheduler(graph, backend, fused).steps();
}

}  // namespace twingrad
