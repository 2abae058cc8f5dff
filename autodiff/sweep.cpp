#include "autodiff/sweep.h"

#include <algorithm>
#include <unordered_map>

#include "autodiff/inlining_builder.h"
#include "autodiff/rule.h"
#include "ir/error.h"
#include "ir/replay.h"

namespace twingrad {
namespace {

class Sweep {
 public:
  Sweep(Builder& builder, const SweepOptions& options) : builder_(builder), options_(options) {}

  void mark(std::span<const ValueId> wrt) {
    for (const ValueId id : wrt) depend(id);
  }
  // Whether each value that nodes [first, last) make depends on what is wanted.
  void trace(NodeId first, NodeId last);
  void seed(ValueId output, ValueId cotangent) { accumulate(output, {builder_, cotangent}); }
  // Nodes [first, last), backwards.
  void run(NodeId first, NodeId last);
  ValueId cotangent(ValueId id) const {
    const auto found = cotangents_.find(id);
    return found == cotangents_.end() ? kNoValue : found->second;
  }
  void keep(std::span<const ValueId> ids) {
    for (const ValueId id : ids) depend_list(kept_, id);
  }
  void check_differentiable() const;
  bool carries_gradient(ValueId id) const;

 private:
  bool depends(ValueId id) const {
    return id != kNoValue && static_cast<size_t>(id) < depends_.size() &&
           depends_[static_cast<size_t>(id)];
  }
  static void depend_list(std::vector<bool>& list, ValueId id) {
    if (list.size() <= static_cast<size_t>(id)) list.resize(static_cast<size_t>(id) + 1, false);
    list[static_cast<size_t>(id)] = true;
  }
  void depend(ValueId id) { depend_list(depends_, id); }
  // Types that arithmetic is done in, and those that stand for numbers by a scale.
  static bool holds_gradient(DataType type) {
    return kFloatTypes.contains(type) || is_complex(type);
  }
  static bool is_quantized(DataType type) {
    return !holds_gradient(type) && (is_integer(type) || is_floating_point(type));
  }
  bool is_obstacle(const Node& node, const DerivativeRow* row) const;
  bool flows(const Node& node, size_t input) const;
  void visit(NodeId id);
  void visit_by_row(const Node& node, const DerivativeRow& row);
  void visit_by_expansion(const Node& node);
  // What a row gave, amended if the options say so.
  void contribute(const Node& node, size_t input, Expr cotangent, bool stretched);
  // `stretched`: it may have the shape that broadcasting gave the value.
  void accumulate(ValueId id, Expr cotangent, bool stretched = true);
  void release_after(const Node& node, ValueId first_new);

  Builder& builder_;
  const SweepOptions& options_;
  std::vector<bool> depends_;
  std::vector<bool> kept_;
  std::unordered_map<ValueId, ValueId> cotangents_;
  std::unordered_map<ValueId, int> pending_;  // how many cotangents a value is at the moment
  std::vector<NodeId> obstacles_;
};

bool Sweep::carries_gradient(ValueId id) const {
  const Type& leaf = leaf_type(builder_.type(id));
  return leaf.is_unknown() || holds_gradient(leaf.element) ||
         (options_.straight_through && is_quantized(leaf.element));
}

bool Sweep::flows(const Node& node, size_t input) const {
  const ValueId id = node.inputs[input];
  if (!depends(id) || !carries_gradient(id)) return false;
  if (node.function) return true;
  const DerivativeRow* row = find_derivative(*node.op);
  return row == nullptr || row->flows_to(input, options_.convention, options_.straight_through);
}

void Sweep::trace(NodeId first, NodeId last) {
  for (NodeId id = first; id < last; ++id) {
    const Node& node = builder_.graph().node(id);
    if (!node.recorded) continue;
    bool reached = false;
    for (size_t i = 0; i < node.inputs.size() && !reached; ++i) reached = flows(node, i);
    if (!reached) continue;
    for (const ValueId output : node.outputs) {
      if (output != kNoValue) depend(output);
    }
  }
}

void Sweep::run(NodeId first, NodeId last) {
  for (NodeId id = last; id-- > first;) visit(id);
}

// Integer arithmetic has rows, but they are written for the types that hold gradients.
bool Sweep::is_obstacle(const Node& node, const DerivativeRow* row) const {
  if (row == nullptr) return !node.function && node.op->expand == nullptr;
  if (!row->straight_through.empty() || node.op->op_class == OpClass::kView) return false;
  if (node.op->op_class == OpClass::kControlFlow || node.op->op_class == OpClass::kMovement) {
    return false;
  }
  return std::ranges::any_of(node.outputs, [this](ValueId output) {
    return output != kNoValue && builder_.type(output).is_tensor() &&
           is_quantized(builder_.type(output).element) && cotangents_.contains(output);
  });
}

void Sweep::visit(NodeId id) {
  const Node& node = builder_.graph().node(id);
  const bool reached = std::ranges::any_of(node.outputs, [this](ValueId output) {
    return depends(output) && cotangents_.contains(output);
  });
  const auto first_new = static_cast<ValueId>(builder_.graph().values().size());
  if (node.recorded && reached) {
    const DerivativeRow* row = node.op != nullptr ? find_derivative(*node.op) : nullptr;
    if (is_obstacle(node, row)) {
      obstacles_.push_back(id);
    } else if (row != nullptr) {
      try {
        visit_by_row(node, *row);
      } catch (const Error& error) {
        throw error.at("gradient of " + node.op->full_name() + " " + quoted_name(node.name));
      }
    } else {
      visit_by_expansion(node);
    }
  }
  if (options_.release) release_after(node, first_new);
}

void Sweep::visit_by_row(const Node& node, const DerivativeRow& row) {
  std::vector<ValueId> incoming;
  for (const ValueId output : node.outputs) {
    incoming.push_back(output == kNoValue ? kNoValue : cotangent(output));
  }
  std::vector<bool> wanted(node.inputs.size());
  for (size_t i = 0; i < wanted.size(); ++i) wanted[i] = flows(node, i);
  RuleContext context(builder_, node, incoming, wanted, options_);
  if (row.joint != nullptr) {
    const auto all = row.joint(context);
    for (size_t i = 0; i < all.size(); ++i) {
      if (wanted[i] && all[i]) contribute(node, i, *all[i], true);
    }
    return;
  }
  const bool stretched = node.op->op_class != OpClass::kElementwise || node.inputs.size() > 1;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (!wanted[i]) continue;
    context.set_index(i);
    const InputRule rule = row.rule(i, options_.convention, options_.straight_through);
    contribute(node, i, rule(context), stretched);
  }
}

// Evaluates the expansion anew and sweeps through its nodes: what they compute twice, the static
// passes merge with the forward expansion, and an executing builder has expanded it beforehand.
void Sweep::visit_by_expansion(const Node& node) {
  const bool recording = builder_.recording();
  builder_.set_recording(true);
  const auto first = static_cast<NodeId>(builder_.graph().nodes().size());
  InliningBuilder inlining(builder_);
  const std::vector<ValueId> outputs =
      node.function ? inline_call(*node.function, node.attributes, inlining, node.inputs)
                    : node.op->expand(inlining, node, node.inputs);
  const auto last = static_cast<NodeId>(builder_.graph().nodes().size());
  builder_.set_recording(recording);
  trace(first, last);
  for (size_t k = 0; k < node.outputs.size(); ++k) {
    const ValueId incoming = node.outputs[k] == kNoValue ? kNoValue : cotangent(node.outputs[k]);
    if (incoming != kNoValue && depends(outputs[k])) seed(outputs[k], incoming);
  }
  run(first, last);
}

void Sweep::contribute(const Node& node, size_t input, Expr cotangent, bool stretched) {
  if (options_.amend) {
    const ValueId amended = options_.amend(builder_, node, input, cotangent.id());
    if (amended == kNoValue) return;
    cotangent = {builder_, amended};
  }
  accumulate(node.inputs[input], cotangent, stretched);
}

void Sweep::accumulate(ValueId id, Expr cotangent, bool stretched) {
  const Type& type = builder_.type(id);
  if (stretched && type.is_tensor()) cotangent = sum_to(cotangent, {builder_, id});
  if (type.is_tensor() && !holds_gradient(type.element)) {
    const auto held = cotangents_.find(id);
    if (held != cotangents_.end()) {
      cotangent = cast(cotangent, builder_.type(held->second).element);
    } else if (!holds_gradient(cotangent.element())) {
      cotangent = cast(cotangent, DataType::kFloat);
    }
  }
  const auto [found, fresh] = cotangents_.try_emplace(id, cotangent.id());
  if (!fresh) {
    --pending_[found->second];
    const Expr sum = sum_of(Expr(builder_, found->second), cotangent);
    cotangents_[id] = sum.id();
    ++pending_[sum.id()];
  } else {
    ++pending_[cotangent.id()];
  }
}

// After a node has been passed nobody reads its outputs, their cotangents, or what its rule made on
// the way, unless it is a cotangent that still waits or was asked for.
void Sweep::release_after(const Node& node, ValueId first_new) {
  const auto is_kept = [this](ValueId id) {
    return static_cast<size_t>(id) < kept_.size() && kept_[static_cast<size_t>(id)];
  };
  for (const ValueId output : node.outputs) {
    if (output == kNoValue || is_kept(output)) continue;
    if (pending_.contains(output) && pending_[output] > 0) continue;
    builder_.release(output);
    const auto found = cotangents_.find(output);
    if (found == cotangents_.end()) continue;
    const ValueId cotangent = found->second;
    cotangents_.erase(found);
    if (--pending_[cotangent] == 0 && !is_kept(cotangent)) builder_.release(cotangent);
  }
  const auto end = static_cast<ValueId>(builder_.graph().values().size());
  for (ValueId id = first_new; id < end; ++id) {
    const auto waits = pending_.find(id);
    if (waits == pending_.end() || waits->second == 0) builder_.release(id);
  }
}

void Sweep::check_differentiable() const {
  if (obstacles_.empty()) return;
  std::string text = "not differentiable yet:";
  for (const NodeId id : obstacles_) {
    const Node& node = builder_.graph().node(id);
    text +=
        " " + node.op->full_name() + " (node " +
        quoted_name(node.name.empty() ? builder_.graph().value(node.outputs[0]).name : node.name) +
        ")";
  }
  throw Error(text, Error::Kind::kUnsupported);
}

}  // namespace

std::vector<ValueId> gradients(Builder& builder, std::span<const Seed> seeds,
                               std::span<const ValueId> wrt, const SweepOptions& options) {
  const bool recording = builder.recording();
  const auto nodes = static_cast<NodeId>(builder.graph().nodes().size());
  Sweep sweep(builder, options);
  sweep.mark(wrt);
  sweep.trace(0, nodes);
  sweep.keep(wrt);
  sweep.keep(options.keep);
  builder.set_recording(recording && options.create_graph);
  for (const Seed& seed : seeds) {
    sweep.keep(std::span(&seed.output, 1));
    sweep.keep(std::span(&seed.cotangent, 1));
    if (sweep.carries_gradient(seed.output)) sweep.seed(seed.output, seed.cotangent);
  }
  sweep.run(0, nodes);
  builder.set_recording(recording);
  sweep.check_differentiable();
  std::vector<ValueId> result;
  for (const ValueId id : wrt) result.push_back(sweep.cotangent(id));
  return result;
}

}  // namespace twingrad
