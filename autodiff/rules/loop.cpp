#include "autodiff/rules/nested_gradients.h"
#include "autodiff/rules/tables.h"
#include "autodiff/rules/value_history.h"
#include "ir/nested.h"
#include "ir/replay.h"

namespace twingrad {
namespace {

using Context = const RuleContext&;
using Results = std::vector<std::optional<Expr>>;

// The forward loop is run again with the carried values at the start of each turn kept and with a
// counter; then a loop runs over these turns backwards. Its carried values are the cotangents of
// the carried values and the sums of the captures' gradients.

bool carries_gradient(const Type& type) {
  return is_floating_point(leaf_type(type).element);
}

struct LoopHistory {
  ValueId turns;               // int64 scalar: how many turns were made
  std::vector<ValueId> final;  // the carried values after the last turn
  std::vector<ValueHistory> values;
  std::vector<std::vector<ValueId>> kept;  // by carried value, see ValueHistory::at
};

ValueId increment(Builder& builder, ValueId counter) {
  const Expr value(builder, counter);
  return (value + value.like(1)).id();
}

// The body of the loop that keeps: inputs turn, condition, the node's carried values, counter, the
// carried sequences of the histories; outputs likewise, then the histories' scan outputs.
GraphPointer recording_body(Context c, const Graph& body, std::span<const ValueHistory> values) {
  const size_t carried = values.size();
  NestedGraph nested(c.builder());
  Builder& builder = nested.builder();
  std::vector<ValueId> inputs;
  for (size_t i = 0; i < carried + 2; ++i) {
    inputs.push_back(nested.formal(body.value(body.inputs()[i]).type));
  }
  const ValueId counter = nested.formal(Type::tensor(DataType::kInt64, PartialShape{}));
  std::vector<ValueId> lists;
  for (const ValueHistory& value : values) {
    lists.push_back(value.is_carried() ? nested.formal(value.carried_type()) : kNoValue);
  }
  std::vector<ValueId> all = inputs;
  for (const ValueId outside : captures_of(c.node())) all.push_back(nested.capture(outside));
  const std::vector<ValueId> outputs = replay(body, builder, all);
  std::vector<ValueId> results(outputs.begin(),
                               outputs.begin() + static_cast<std::ptrdiff_t>(carried + 1));
  results.push_back(increment(builder, counter));
  std::vector<ValueId> scans;
  for (size_t i = 0; i < carried; ++i) {
    const ValueHistory::Record record = values[i].record(builder, inputs[i + 2], lists[i]);
    if (values[i].is_carried()) results.push_back(record.carried);
    scans.insert(scans.end(), record.scans.begin(), record.scans.end());
  }
  results.insert(results.end(), scans.begin(), scans.end());
  return nested.finish(std::move(results));
}

LoopHistory loop_history(Context c, const Graph& body) {
  const Node& node = c.node();
  const size_t carried = body.formal_count() - 2;
  LoopHistory history;
  for (size_t i = 0; i < carried; ++i) {
    history.values.emplace_back(body.value(body.inputs()[i + 2]).type);
  }
  NodeSpec spec;
  spec.op = "Loop";
  spec.inputs.assign(node.inputs.begin(),
                     node.inputs.end() - static_cast<std::ptrdiff_t>(node.captures));
  spec.inputs.push_back(c.builder().constant(Tensor::scalar<int64_t>(0)));
  spec.output_count = carried + 1;
  for (const ValueHistory& value : history.values) {
    if (value.is_carried()) spec.inputs.push_back(value.initial(c.builder()));
    spec.output_count += value.scan_count() + (value.is_carried() ? 1 : 0);
  }
  spec.captures = captures_of(node);
  spec.attributes.set("body", recording_body(c, body, history.values));
  const std::vector<ValueId> made = c.builder().emit(std::move(spec));
  history.final.assign(made.begin(), made.begin() + static_cast<std::ptrdiff_t>(carried));
  history.turns = made[carried];
  size_t next = carried + 1;
  for (const ValueHistory& value : history.values) {
    history.kept.emplace_back();
    if (value.is_carried()) history.kept.back().push_back(made[next++]);
  }
  for (size_t i = 0; i < carried; ++i) {
    for (size_t k = 0; k < history.values[i].scan_count(); ++k) {
      history.kept[i].push_back(made[next++]);
    }
  }
  return history;
}

// Where a carried value is an optional before each turn and its content after, cotangents change
// their form likewise.
Expr in_form_of(Expr cotangent, const Type& type) {
  if (cotangent.type().is_optional() == type.is_optional()) return cotangent;
  return cotangent.apply(type.is_optional() ? "Optional" : "OptionalGetElement");
}

struct BackwardLoop {
  std::vector<size_t> states;    // carried values that have cotangents
  std::vector<size_t> captures;  // captures whose gradient is wanted
};

// The inputs of the body in the turn that is swept.
std::vector<ValueId> turn_inputs(Context c, NestedGraph& nested, const LoopHistory& history,
                                 Expr index) {
  Builder& builder = nested.builder();
  std::vector<ValueId> inputs{index.id(), builder.constant(Tensor::scalar<bool>(true))};
  for (size_t i = 0; i < history.values.size(); ++i) {
    std::vector<ValueId> kept;
    for (const ValueId id : history.kept[i]) kept.push_back(nested.capture(id));
    inputs.push_back(history.values[i].at(builder, kept, index));
  }
  for (const ValueId id : captures_of(c.node())) inputs.push_back(nested.capture(id));
  return inputs;
}

GraphPointer backward_body(Context c, const Graph& body, const LoopHistory& history,
                           const BackwardLoop& shape, std::vector<ValueId>& captured) {
  const size_t carried = history.values.size();
  NestedGraph nested(c.builder());
  Builder& builder = nested.builder();
  const ValueId turn = nested.formal(Type::tensor(DataType::kInt64, PartialShape{}));
  const ValueId condition = nested.formal(Type::tensor(DataType::kBool, PartialShape{}));
  std::vector<ValueId> bars;
  std::vector<ValueId> sums;
  for (const size_t i : shape.states) {
    bars.push_back(nested.formal(body.value(body.inputs()[i + 2]).type));
  }
  const std::vector<ValueId> outside = captures_of(c.node());
  for (const size_t i : shape.captures) sums.push_back(nested.formal(c.builder().type(outside[i])));
  const Expr last(builder, nested.capture(history.turns));
  const Expr index = last - last.like(1) - Expr(builder, turn);
  const std::vector<ValueId> inputs = turn_inputs(c, nested, history, index);
  const std::vector<ValueId> outputs = replay(body, builder, inputs);
  std::vector<Seed> seeds;
  for (size_t i = 0; i < bars.size(); ++i) {
    const ValueId output = outputs[shape.states[i] + 1];
    seeds.push_back({output, in_form_of(Expr(builder, bars[i]), builder.type(output)).id()});
  }
  for (size_t k = carried; k < c.node().outputs.size(); ++k) {
    if (!c.has_g(k)) continue;
    const Expr cotangents(builder, nested.capture(c.g(k).id()));
    seeds.push_back({outputs[k + 1], gather(cotangents, index, 0).id()});
  }
  std::vector<ValueId> wrt;
  for (const size_t i : shape.states) wrt.push_back(inputs[i + 2]);
  for (const size_t i : shape.captures) wrt.push_back(inputs[carried + 2 + i]);
  const std::vector<ValueId> found = nested_gradients(c, builder, seeds, wrt);
  std::vector<ValueId> results{builder.emit_one("Identity", {condition})};
  for (size_t i = 0; i < bars.size(); ++i) results.push_back(found[i]);
  for (size_t i = 0; i < sums.size(); ++i) {
    results.push_back(sum_of(Expr(builder, sums[i]), Expr(builder, found[bars.size() + i])).id());
  }
  captured = nested.captured();
  return nested.finish(std::move(results));
}

Results loop_inputs(Context c) {
  const Graph& body = *c.attributes().graph("body");
  const size_t carried = body.formal_count() - 2;
  const size_t own = c.node().inputs.size() - c.node().captures;
  BackwardLoop shape;
  for (size_t i = 0; i < carried; ++i) {
    if (carries_gradient(c.x(i + 2).type())) shape.states.push_back(i);
  }
  for (size_t i = 0; i < c.node().captures; ++i) {
    if (c.wanted(own + i)) shape.captures.push_back(i);
  }
  const LoopHistory history = loop_history(c, body);
  std::vector<ValueId> captured;
  NodeSpec spec;
  spec.op = "Loop";
  spec.attributes.set("body", backward_body(c, body, history, shape, captured));
  spec.captures = captured;
  spec.inputs = {history.turns, kNoValue};
  for (const size_t i : shape.states) {
    const Expr final(c.builder(), history.final[i]);
    const Expr bar = c.has_g(i) ? c.g(i) : zeros_as(final);
    spec.inputs.push_back(in_form_of(bar, body.value(body.inputs()[i + 2]).type).id());
  }
  const std::vector<ValueId> outside = captures_of(c.node());
  for (const size_t i : shape.captures) {
    spec.inputs.push_back(zeros_as(Expr(c.builder(), outside[i])).id());
  }
  spec.output_count = shape.states.size() + shape.captures.size();
  const std::vector<ValueId> made = c.builder().emit(std::move(spec));
  Results results(c.node().inputs.size());
  for (size_t i = 0; i < shape.states.size(); ++i) {
    results[shape.states[i] + 2] = Expr(c.builder(), made[i]);
  }
  for (size_t i = 0; i < shape.captures.size(); ++i) {
    results[own + shape.captures[i]] = Expr(c.builder(), made[shape.states.size() + i]);
  }
  return results;
}

}  // namespace

std::vector<DerivativeRow> loop_derivatives() {
  return {{"Loop", {}, loop_inputs}};
}

}  // namespace twingrad
