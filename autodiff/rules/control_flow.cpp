#include "autodiff/rules/nested_gradients.h"
#include "autodiff/rules/tables.h"
#include "ir/nested.h"
#include "ir/replay.h"

namespace twingrad {
namespace {

using Context = const RuleContext&;
using Results = std::vector<std::optional<Expr>>;

// The branch evaluated again and swept, as the branch of another If on the same condition. One that
// is known not to be taken need not fit the types, so zeros stand for its gradient.
GraphPointer branch_gradient(Context c, const Graph& branch, bool taken,
                             std::vector<ValueId>& captured) {
  NestedGraph nested(c.builder());
  std::vector<ValueId> inputs;
  std::vector<ValueId> wrt;
  const size_t own = c.node().inputs.size() - c.node().captures;
  for (size_t i = own; i < c.node().inputs.size(); ++i) {
    inputs.push_back(nested.capture(c.node().inputs[i]));
    if (c.wanted(i)) wrt.push_back(inputs.back());
  }
  std::vector<ValueId> cotangents;
  for (size_t k = 0; k < c.node().outputs.size(); ++k) {
    cotangents.push_back(c.has_g(k) ? nested.capture(c.g(k).id()) : kNoValue);
  }
  captured = nested.captured();
  if (!taken) {
    for (ValueId& id : wrt) id = zeros_as(Expr(nested.builder(), id)).id();
    return nested.finish(std::move(wrt));
  }
  const std::vector<ValueId> outputs = replay(branch, nested.builder(), inputs);
  std::vector<Seed> seeds;
  for (size_t k = 0; k < outputs.size(); ++k) {
    if (cotangents[k] != kNoValue) seeds.push_back({outputs[k], cotangents[k]});
  }
  return nested.finish(nested_gradients(c, nested.builder(), seeds, wrt));
}

Results if_inputs(Context c) {
  std::vector<ValueId> captured;
  NodeSpec spec;
  spec.op = "If";
  spec.inputs = {c.node().inputs[0]};
  const std::optional<bool> condition = c.builder().condition(c.node().inputs[0]);
  for (const char* name : {"then_branch", "else_branch"}) {
    const bool taken = !condition || *condition == (name == std::string_view("then_branch"));
    spec.attributes.set(name, branch_gradient(c, *c.attributes().graph(name), taken, captured));
  }
  spec.captures = captured;
  Results results(c.node().inputs.size());
  spec.output_count = 0;
  for (size_t i = 1; i < results.size(); ++i) spec.output_count += c.wanted(i) ? 1 : 0;
  const std::vector<ValueId> outputs = c.builder().emit(std::move(spec));
  size_t next = 0;
  for (size_t i = 1; i < results.size(); ++i) {
    if (c.wanted(i)) results[i] = Expr(c.builder(), outputs[next++]);
  }
  return results;
}

// SequenceMap applies its body to the items one by one. Its gradient is a loop over them,
// backwards: the cotangents of the sequences grow at the front, those of tensors and captures are
// summed.
class MapGradient {
 public:
  explicit MapGradient(Context c)
      : c_(c), own_(c.node().inputs.size() - c.node().captures), loop_{kNoValue, {}} {
    for (size_t i = 0; i < c.node().inputs.size(); ++i) {
      if (c.wanted(i)) wanted_.push_back(i);
    }
    for (size_t k = 0; k < c.node().outputs.size(); ++k) {
      if (c.has_g(k)) seeded_.push_back(k);
    }
  }

  Results inputs() {
    Builder& builder = c_.builder();
    loop_.count = c_.x(0).apply("SequenceLength").id();
    loop_.captures = c_.node().inputs;
    for (const size_t k : seeded_) loop_.captures.push_back(c_.g(k).id());
    for (const size_t i : wanted_) {
      const Type& type = c_.x(i).type();
      loop_.types.push_back(type);
      const auto element = static_cast<int64_t>(leaf_type(type).element);
      loop_.initial.push_back(is_mapped(i)
                                  ? builder.emit_one("SequenceEmpty", {}, {{"dtype", element}})
                                  : zeros_as(c_.x(i)).id());
    }
    const std::vector<ValueId> made =
        emit_loop(builder, loop_, [this](const LoopTurn& turn) { return swept(turn); });
    Results results(c_.node().inputs.size());
    for (size_t i = 0; i < wanted_.size(); ++i) results[wanted_[i]] = Expr(builder, made[i]);
    return results;
  }

 private:
  // Whether the body sees the items of the input, not the input.
  bool is_mapped(size_t i) const { return i < own_ && c_.x(i).type().is_sequence(); }

  std::vector<ValueId> swept(const LoopTurn& turn) const {
    Builder& builder = turn.builder;
    const Expr count = Expr(builder, turn.captured[0]).apply("SequenceLength");
    const ValueId index = (count - count.like(1) - Expr(builder, turn.number)).id();
    const size_t inputs = c_.node().inputs.size();
    std::vector<ValueId> given(turn.captured.begin(),
                               turn.captured.begin() + static_cast<std::ptrdiff_t>(inputs));
    for (size_t i = 0; i < own_; ++i) {
      if (is_mapped(i)) given[i] = builder.emit_one("SequenceAt", {given[i], index});
    }
    const std::vector<ValueId> outputs = replay(*c_.attributes().graph("body"), builder, given);
    std::vector<Seed> seeds;
    for (size_t k = 0; k < seeded_.size(); ++k) {
      seeds.push_back({outputs[seeded_[k]],
                       builder.emit_one("SequenceAt", {turn.captured[inputs + k], index})});
    }
    std::vector<ValueId> wrt;
    for (const size_t i : wanted_) wrt.push_back(given[i]);
    std::vector<ValueId> results = nested_gradients(c_, builder, seeds, wrt);
    const ValueId front = builder.constant(Tensor::scalar<int64_t>(0));
    for (size_t i = 0; i < results.size(); ++i) {
      const Expr carried(builder, turn.carried[i]);
      const Expr found(builder, results[i]);
      results[i] = is_mapped(wanted_[i])
                       ? builder.emit_one("SequenceInsert", {carried.id(), found.id(), front})
                       : sum_of(carried, found).id();
    }
    return results;
  }

  Context c_;
  size_t own_;
  LoopSpec loop_;
  std::vector<size_t> wanted_;  // inputs
  std::vector<size_t> seeded_;  // outputs that have a cotangent
};

}  // namespace

std::vector<DerivativeRow> control_flow_derivatives() {
  return {
      {"If", {}, if_inputs},
      {"Refusal", {}, nullptr, kInternalDomain},
      {"SequenceMap", {}, [](Context c) { return MapGradient(c).inputs(); }},
  };
}

}  // namespace twingrad
