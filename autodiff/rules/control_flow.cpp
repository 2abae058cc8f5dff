#include <algorithm>

#include "autodiff/rules/tables.h"
#include "autodiff/sweep.h"
#include "ir/error.h"
#include "ir/replay.h"

namespace twingrad {
namespace {

using Context = const RuleContext&;
using Results = std::vector<std::optional<Expr>>;

// A nested graph under construction. What it takes from outside becomes a capture of it, and an
// input of the node that will hold it.
class NestedGraph {
 public:
  explicit NestedGraph(Builder& outer) : outer_(outer) {}

  Builder& builder() { return builder_; }
  ValueId formal(Type type) { return builder_.input("", std::move(type)); }
  // The value inside for a value outside.
  ValueId capture(ValueId outside) {
    Value value;
    value.type = outer_.type(outside);
    captured_.push_back(outside);
    return graph_->add_input(std::move(value), true);
  }
  const std::vector<ValueId>& captured() const { return captured_; }
  GraphPointer finish(std::vector<ValueId> outputs) {
    graph_->set_outputs(std::move(outputs));
    return graph_;
  }

 private:
  Builder& outer_;
  std::shared_ptr<Graph> graph_ = std::make_shared<Graph>();
  Builder builder_{*graph_};
  std::vector<ValueId> captured_;
};

std::vector<ValueId> captures_of(const Node& node) {
  return {node.inputs.end() - static_cast<std::ptrdiff_t>(node.captures), node.inputs.end()};
}

bool is_float_tensor(const Type& type) {
  return type.is_tensor() && is_floating_point(type.element);
}

// The gradients of a nested graph's outputs by the values `wrt` inside, zeros where nothing flows.
std::vector<ValueId> nested_gradients(Context c, Builder& builder, std::span<const Seed> seeds,
                                      std::span<const ValueId> wrt) {
  std::vector<ValueId> found =
      gradients(builder, seeds, wrt,
                {.convention = c.convention(), .straight_through = c.straight_through()});
  for (size_t i = 0; i < found.size(); ++i) {
    if (found[i] == kNoValue) found[i] = zeros_as(Expr(builder, wrt[i])).id();
  }
  return found;
}

// The branch evaluated again and swept, as the branch of another If on the same condition.
GraphPointer branch_gradient(Context c, const Graph& branch, std::vector<ValueId>& captured) {
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
  const std::vector<ValueId> outputs = replay(branch, nested.builder(), inputs);
  std::vector<Seed> seeds;
  for (size_t k = 0; k < outputs.size(); ++k) {
    if (cotangents[k] != kNoValue) seeds.push_back({outputs[k], cotangents[k]});
  }
  captured = nested.captured();
  return nested.finish(nested_gradients(c, nested.builder(), seeds, wrt));
}

Results if_inputs(Context c) {
  std::vector<ValueId> captured;
  NodeSpec spec;
  spec.op = "If";
  spec.inputs = {c.node().inputs[0]};
  for (const char* name : {"then_branch", "else_branch"}) {
    spec.attributes.set(name, branch_gradient(c, *c.attributes().graph(name), captured));
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

// --- Loop. The forward loop is run again with the carried values at the start of each turn as scan
// outputs and with a counter; then a loop runs over these turns backwards. Its carried values are
// the cotangents of the carried values and the sums of the captures' gradients.

struct LoopHistory {
  ValueId turns;                // int64 scalar: how many turns were made
  std::vector<ValueId> starts;  // of each carried value: [turns, shape...]
};

ValueId increment(Builder& builder, ValueId counter) {
  const Expr value(builder, counter);
  return (value + value.like(1)).id();
}

LoopHistory loop_history(Context c, const Graph& body) {
  const Node& node = c.node();
  const size_t carried = body.formal_count() - 2;
  NestedGraph nested(c.builder());
  std::vector<ValueId> inputs;
  for (size_t i = 0; i < carried + 2; ++i) {
    inputs.push_back(nested.formal(body.value(body.inputs()[i]).type));
    if (i >= 2 && !nested.builder().type(inputs[i]).is_static()) {
      const Type& type = nested.builder().type(inputs[i]);
      if (!type.is_tensor() || !type.shape) {
        fail_unsupported("the gradient of a loop needs carried tensors of known rank, found ",
                         type);
      }
    }
  }
  const ValueId counter = nested.formal(Type::tensor(DataType::kInt64, PartialShape{}));
  std::vector<ValueId> all = inputs;
  for (const ValueId outside : captures_of(node)) all.push_back(nested.capture(outside));
  const std::vector<ValueId> outputs = replay(body, nested.builder(), all);
  std::vector<ValueId> results(outputs.begin(),
                               outputs.begin() + static_cast<std::ptrdiff_t>(carried + 1));
  results.push_back(increment(nested.builder(), counter));
  for (size_t i = 0; i < carried; ++i) {
    results.push_back(nested.builder().emit_one("Identity", {inputs[i + 2]}));
  }
  NodeSpec spec;
  spec.op = "Loop";
  spec.inputs.assign(node.inputs.begin(),
                     node.inputs.end() - static_cast<std::ptrdiff_t>(node.captures));
  spec.inputs.push_back(c.builder().constant(Tensor::scalar<int64_t>(0)));
  spec.captures = captures_of(node);
  spec.output_count = 2 * carried + 1;
  spec.attributes.set("body", nested.finish(std::move(results)));
  const std::vector<ValueId> made = c.builder().emit(std::move(spec));
  return {made[carried], {made.begin() + static_cast<std::ptrdiff_t>(carried) + 1, made.end()}};
}

struct BackwardLoop {
  std::vector<size_t> states;    // carried values that have cotangents
  std::vector<size_t> captures;  // captures whose gradient is wanted
};

GraphPointer backward_body(Context c, const Graph& body, const LoopHistory& history,
                           const BackwardLoop& shape, std::vector<ValueId>& captured) {
  const size_t carried = body.formal_count() - 2;
  NestedGraph nested(c.builder());
  Builder& builder = nested.builder();
  const ValueId turn = nested.formal(Type::tensor(DataType::kInt64, PartialShape{}));
  const ValueId condition = nested.formal(Type::tensor(DataType::kBool, PartialShape{}));
  std::vector<ValueId> bars;
  std::vector<ValueId> sums;
  for (const size_t i : shape.states) bars.push_back(nested.formal(c.y(i).type()));
  const std::vector<ValueId> outside = captures_of(c.node());
  for (const size_t i : shape.captures) sums.push_back(nested.formal(c.builder().type(outside[i])));
  const Expr last(builder, nested.capture(history.turns));
  const Expr index = last - last.like(1) - Expr(builder, turn);
  std::vector<ValueId> inputs{index.id(), builder.constant(Tensor::scalar<bool>(true))};
  for (size_t i = 0; i < carried; ++i) {
    inputs.push_back(gather(Expr(builder, nested.capture(history.starts[i])), index, 0).id());
  }
  for (const ValueId id : outside) inputs.push_back(nested.capture(id));
  std::vector<Seed> scanned;
  for (size_t k = carried; k < c.node().outputs.size(); ++k) {
    if (!c.has_g(k)) continue;
    const Expr cotangents(builder, nested.capture(c.g(k).id()));
    scanned.push_back({static_cast<ValueId>(k), gather(cotangents, index, 0).id()});
  }
  const std::vector<ValueId> outputs = replay(body, builder, inputs);
  std::vector<Seed> seeds;
  for (size_t i = 0; i < bars.size(); ++i) seeds.push_back({outputs[shape.states[i] + 1], bars[i]});
  for (const Seed& seed : scanned) {
    seeds.push_back({outputs[static_cast<size_t>(seed.output) + 1], seed.cotangent});
  }
  std::vector<ValueId> wrt;
  for (const size_t i : shape.states) wrt.push_back(inputs[i + 2]);
  for (const size_t i : shape.captures) wrt.push_back(inputs[carried + 2 + i]);
  const std::vector<ValueId> found = nested_gradients(c, builder, seeds, wrt);
  std::vector<ValueId> results{builder.emit_one("Identity", {condition})};
  for (size_t i = 0; i < bars.size(); ++i) results.push_back(found[i]);
  for (size_t i = 0; i < sums.size(); ++i) {
    results.push_back((Expr(builder, sums[i]) + Expr(builder, found[bars.size() + i])).id());
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
    if (is_float_tensor(c.x(i + 2).type()) && c.has_y(i)) shape.states.push_back(i);
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
  for (const size_t i : shape.states) spec.inputs.push_back(c.g(i).id());
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

std::vector<DerivativeRow> control_flow_derivatives() {
  return {
      {"If", {}, if_inputs},
      {"Loop", {}, loop_inputs},
  };
}

}  // namespace twingrad
