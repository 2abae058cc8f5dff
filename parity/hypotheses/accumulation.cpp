#include <algorithm>
#include <set>

#include "ir/expression.h"
#include "parity/hypotheses/graph_edit.h"

// Gradients of values with several consumers, or of what was broadcast, that lack a share or have
// it twice. Values stay as they are.

namespace twingrad {
namespace {

struct Use {
  NodeId node;
  size_t input;
};

// The value without a gradient.
Expr stopped(Expr x) {
  Builder& builder = x.builder();
  const bool recording = builder.recording();
  builder.set_recording(false);
  const Expr copy = x.apply("Identity");
  builder.set_recording(recording);
  return copy;
}

NodeEdit without_share(const std::vector<size_t>& inputs) {
  return [inputs](Builder& builder, NodeSpec spec) {
    for (const size_t i : inputs) {
      spec.inputs[i] = stopped(Expr(builder, spec.inputs[i])).id();
    }
    return builder.emit(std::move(spec));
  };
}

NodeEdit with_double_share(size_t i) {
  return [i](Builder& builder, NodeSpec spec) {
    const Expr x(builder, spec.inputs[i]);
    spec.inputs[i] = (x + (x - stopped(x))).id();
    return builder.emit(std::move(spec));
  };
}

// Values whose gradient is wrong while all gradients in front of them are wrong too: there
// something may be missing.
class Suspects {
 public:
  explicit Suspects(const FailedCase& failed) : graph_(failed.item.graph) {
    for (const LegReport& leg : failed.report.legs) {
      if (leg.leg != "reference" || !leg.left.starts_with("eager/")) continue;
      for (const TensorVerdict& tensor : leg.tensors) take(tensor);
    }
  }

  bool contain(ValueId id) const {
    const std::set<ValueId> before = ancestors(id);
    const auto is_before = [&](ValueId other) { return before.contains(other); };
    return std::ranges::any_of(failed_, is_before) && std::ranges::none_of(agreeing_, is_before);
  }

 private:
  void take(const TensorVerdict& tensor) {
    if (tensor.kind != "gradient") return;
    const std::optional<ValueId> id = graph_.find(tensor.name);
    if (!id) return;
    if (tensor.verdict == Verdict::kFailed) {
      failed_.push_back(*id);
    } else if (!tensor.all_zero && !tensor.noise && tensor.needed_rtol < 1e-6) {
      agreeing_.push_back(*id);
    }
  }

  // The value itself and what it depends on.
  std::set<ValueId> ancestors(ValueId id) const {
    std::set<ValueId> found{id};
    std::vector<ValueId> open{id};
    while (!open.empty()) {
      const NodeId producer = graph_.value(open.back()).producer;
      open.pop_back();
      if (producer == kNoNode) continue;
      for (const ValueId input : graph_.node(producer).inputs) {
        if (input != kNoValue && found.insert(input).second) open.push_back(input);
      }
    }
    return found;
  }

  const Graph& graph_;
  std::vector<ValueId> failed_;
  std::vector<ValueId> agreeing_;
};

std::map<ValueId, std::vector<Use>> uses_of_values(const Graph& graph) {
  std::map<ValueId, std::vector<Use>> uses;
  NodeId id = 0;
  for (const Node& node : graph.nodes()) {
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] == kNoValue) continue;
      const Type& type = graph.value(node.inputs[i]).type;
      if (type.is_tensor() && is_floating_point(type.element)) {
        uses[node.inputs[i]].push_back({id, i});
      }
    }
    ++id;
  }
  return uses;
}

// Only what the last consumer, of those the first in the backward pass, gives: an overwritten sum.
NodeChange only_share(const std::vector<Use>& uses, const Use& kept, const std::string& name) {
  NodeChange change{kept.node, "the only share in the gradient of '" + name + "'", {}};
  std::map<NodeId, std::vector<size_t>> stopped_inputs;
  for (const Use& use : uses) {
    if (&use != &kept) stopped_inputs[use.node].push_back(use.input);
  }
  for (const auto& [node, inputs] : stopped_inputs) change.edits[node] = without_share(inputs);
  return change;
}

void add_shares(std::vector<NodeChange>& changes, const std::vector<Use>& uses,
                const std::string& name) {
  for (const Use& use : uses) {
    changes.push_back({use.node,
                       "no share in the gradient of '" + name + "'",
                       {{use.node, without_share({use.input})}}});
    changes.push_back({use.node,
                       "a double share in the gradient of '" + name + "'",
                       {{use.node, with_double_share(use.input)}}});
    if (uses.size() > 2) changes.push_back(only_share(uses, use, name));
  }
}

// The value stretched to `shape`, with the gradient of one of the copies only.
NodeEdit one_copy_of(size_t i, const Shape& shape, const Shape& own, bool last) {
  return [i, shape, own, last](Builder& builder, NodeSpec spec) {
    const Expr x(builder, spec.inputs[i]);
    Tensor mask = Tensor::zeros(x.element(), shape);
    const int64_t extra = shape.rank() - own.rank();
    for (int64_t at = 0; at < mask.element_count(); ++at) {
      bool counts = true;
      int64_t rest = at;
      for (int64_t axis = shape.rank(); axis-- > 0;) {
        const int64_t place = rest % shape[axis];
        rest /= shape[axis];
        const bool stretched = axis < extra || own[axis - extra] != shape[axis];
        counts = counts && (!stretched || place == (last ? shape[axis] - 1 : 0));
      }
      if (counts) set_element(mask, at, 1);
    }
    const Expr chosen(builder, builder.constant(mask));
    const Expr fixed = stopped(x);
    spec.inputs[i] = (fixed + (x - fixed) * chosen).id();
    return builder.emit(std::move(spec));
  };
}

void add_copies(std::vector<NodeChange>& changes, const Graph& shapes, NodeId id) {
  const Node& node = shapes.node(id);
  const Type& out = shapes.value(node.outputs[0]).type;
  if (!out.is_static()) return;
  const Shape shape = out.shape->shape();
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    if (node.inputs[i] == kNoValue) continue;
    const Value& value = shapes.value(node.inputs[i]);
    if (!value.type.is_static() || !is_floating_point(value.type.element)) continue;
    const Shape own = value.type.shape->shape();
    if (own == shape || own.rank() > shape.rank()) continue;
    for (const bool last : {false, true}) {
      changes.push_back({id,
                         std::string("only the ") + (last ? "last" : "first") +
                             " of the copies that '" + value.name +
                             "' was broadcast to in its gradient",
                         {{id, one_copy_of(i, shape, own, last)}}});
    }
  }
}

}  // namespace

void other_accumulations(const FailedCase& failed, const VariantTest& test) {
  std::vector<NodeChange> changes;
  const Graph& graph = failed.item.graph;
  const Suspects suspects(failed);
  for (const auto& [value, uses] : uses_of_values(graph)) {
    if (uses.size() < 2 || !suspects.contain(value)) continue;
    add_shares(changes, uses, graph.value(value).name);
  }
  try_changes(failed, changes, test);
}

void partial_broadcast_sums(const FailedCase& failed, const VariantTest& test) {
  std::vector<NodeChange> changes;
  const Graph& graph = failed.item.graph;
  const Suspects suspects(failed);
  const Graph shapes = with_shapes_of(graph, failed.item.question.inputs);
  NodeId id = 0;
  for (const Node& node : graph.nodes()) {
    const NodeId at = id++;
    const bool broadcasts = is_operator(node, "Add") || is_operator(node, "Sub") ||
                            is_operator(node, "Mul") || is_operator(node, "Div") ||
                            is_operator(node, "Gemm");
    if (!broadcasts) continue;
    const bool suspect = std::ranges::any_of(
        node.inputs, [&](ValueId input) { return input != kNoValue && suspects.contain(input); });
    // Of a product only the bias is stretched.
    if (suspect && (!is_operator(node, "Gemm") || node.inputs.size() > 2)) {
      add_copies(changes, shapes, at);
    }
  }
  try_changes(failed, changes, test);
}

}  // namespace twingrad
