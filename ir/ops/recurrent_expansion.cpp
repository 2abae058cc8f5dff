#include "ir/ops/recurrent_expansion.h"

#include <array>

#include "ir/nested.h"
#include "ir/ops/extents.h"
#include "ir/ops/recurrent_cells.h"

namespace twingrad {
namespace {

enum Input : size_t { kX, kW, kR, kB, kLengths, kInitialH, kInitialC, kP };

struct CellKind {
  CellStep step;
  size_t gates;
  size_t states;
  std::vector<const char*> activations;
};

const std::vector<int64_t> kFront = {0};
const std::vector<int64_t> kSwapFront = {1, 0, 2};

struct Call {
  Builder& builder;
  const Node& node;
  std::span<const ValueId> inputs;

  bool has(size_t i) const { return i < inputs.size() && inputs[i] != kNoValue; }
  Expr input(size_t i) const { return {builder, inputs[i]}; }
  bool batch_first() const { return node.attributes.flag("layout"); }
  // What input i has for one direction, without that axis.
  Expr of_direction(size_t i, int64_t direction) const {
    const bool state = i == kInitialH || i == kInitialC;
    const int64_t axis = state && batch_first() ? 1 : 0;
    return squeeze(slice(input(i), axis, direction, direction + 1), std::span(&axis, 1));
  }
};

// Entries [first, last) of the gates' parts of one axis.
Expr gate_rows(Expr x, Expr hidden, int64_t axis, int64_t first, int64_t last) {
  return x.apply("Slice", {multiple(hidden, first), multiple(hidden, last), x.integers({axis})});
}

CellWeights weights_of(const Call& call, const CellKind& kind, int64_t direction, Expr hidden) {
  CellWeights weights;
  const Expr r = call.of_direction(kR, direction);
  const auto recurrence = [&](int64_t first, int64_t last) {
    return swap_last_two(gate_rows(r, hidden, 0, first, last));
  };
  if (kind.gates == 3) {
    weights.recurrence = {recurrence(0, 2), recurrence(2, 3)};
  } else {
    weights.recurrence = {swap_last_two(r)};
  }
  if (kind.gates == 3 && call.has(kB) && call.node.attributes.flag("linear_before_reset")) {
    weights.recurrent_bias = gate_rows(call.of_direction(kB, direction), hidden, 0, 5, 6);
  }
  if (call.has(kP)) {
    const Expr p = call.of_direction(kP, direction);
    for (int64_t i = 0; i < 3; ++i) {
      weights.peepholes.push_back(gate_rows(p, hidden, 0, i, i + 1));
    }
  }
  return weights;
}

// The inputs' part of the gates for the whole sequence, [length, batch, gates * hidden], with both
// biases but that which GRU resets.
Expr input_gates(const Call& call, const CellKind& kind, Expr x, int64_t direction, Expr hidden,
                 const CellWeights& weights) {
  const Expr gates = matmul(x, swap_last_two(call.of_direction(kW, direction)));
  if (!call.has(kB)) return gates;
  const Expr b = call.of_direction(kB, direction);
  const auto count = static_cast<int64_t>(kind.gates);
  const Expr from_input = gate_rows(b, hidden, 0, 0, count);
  if (!weights.recurrent_bias) {
    return gates + (from_input + gate_rows(b, hidden, 0, count, 2 * count));
  }
  const Expr last = gate_rows(from_input, hidden, 0, 2, 3);
  const Expr rest = gate_rows(from_input, hidden, 0, 0, 2) + gate_rows(b, hidden, 0, 3, 5);
  const std::vector<Expr> parts = {rest, last};
  return gates + concat(parts, 0);
}

std::vector<Expr> initial_states(const Call& call, const CellKind& kind, Expr x, int64_t direction,
                                 Expr hidden) {
  const Expr shape = joined({extent_of(x, 1), hidden});
  std::vector<Expr> states;
  for (const size_t i : {kInitialH, kInitialC}) {
    if (states.size() == kind.states) break;
    states.push_back(call.has(i) ? call.of_direction(i, direction)
                                 : shape.apply("ConstantOfShape", {},
                                               {{"value", Tensor::zeros(x.element(), {1})}}));
  }
  return states;
}

CellSetting setting_of(const Node& node, std::span<const RecurrentActivation> activations) {
  CellSetting setting{activations, std::nullopt};
  const Attributes& attributes = node.attributes;
  if (attributes.has("clip")) setting.clip = static_cast<double>(attributes.real("clip"));
  const auto is_set = [&](const char* name) {
    return attributes.has(name) && attributes.flag(name);
  };
  setting.coupled = is_set("input_forget");
  setting.linear_before_reset = is_set("linear_before_reset");
  return setting;
}

// What one direction is made of.
struct Direction {
  Expr gates;
  std::vector<Expr> states;
  CellWeights weights;
  CellSetting setting;
  std::optional<Expr> lengths;
  bool reverse;
};

Type slice_type(Expr sequence) {
  std::vector<Dimension> dims = sequence.shape().dims();
  dims.erase(dims.begin());
  return Type::tensor(sequence.element(), PartialShape(std::move(dims)));
}

// The body of the Scan: states, the gates of a step and, with lengths, its number.
GraphPointer cell_body(Builder& builder, const Direction& direction, const CellKind& kind,
                       std::vector<ValueId>& captures) {
  NestedGraph nested(builder);
  const auto formal = [&](Type type) {
    return Expr(nested.builder(), nested.formal(std::move(type)));
  };
  std::vector<Expr> states;
  for (const Expr& state : direction.states) states.push_back(formal(state.type()));
  const Expr gates = formal(slice_type(direction.gates));
  std::optional<Expr> number;
  if (direction.lengths) number = formal(Type::tensor(DataType::kInt64, PartialShape{}));
  const auto capture = [&](Expr outside) {
    return Expr(nested.builder(), nested.capture(outside.id()));
  };
  std::vector<Expr> held;
  for (const Expr& weight : direction.weights.all()) held.push_back(capture(weight));
  std::vector<Expr> next =
      kind.step(gates, states, direction.weights.with(held), direction.setting);
  Expr output = next[0];
  if (direction.lengths) {
    const Expr lasts = *number < capture(*direction.lengths);
    output = where(lasts, next[0], next[0].like(0));
    for (size_t i = 0; i < next.size(); ++i) next[i] = where(lasts, next[i], states[i]);
  }
  captures = nested.captured();
  std::vector<ValueId> outputs;
  outputs.reserve(next.size() + 1);
  for (const Expr& state : next) outputs.push_back(state.id());
  outputs.push_back(nested.builder().emit_one("Identity", {output.id()}));
  return nested.finish(std::move(outputs));
}

// The last states, then the outputs of all steps [length, batch, hidden].
std::vector<Expr> scan(Builder& builder, const Direction& direction, const CellKind& kind) {
  NodeSpec spec;
  spec.op = "Scan";
  for (const Expr& state : direction.states) spec.inputs.push_back(state.id());
  spec.inputs.push_back(direction.gates.id());
  if (direction.lengths) spec.inputs.push_back(counted(extent_of(direction.gates, 0)).id());
  const size_t sequences = direction.lengths ? 2 : 1;
  spec.attributes.set("body", cell_body(builder, direction, kind, spec.captures));
  spec.attributes.set("num_scan_inputs", static_cast<int64_t>(sequences));
  if (direction.reverse) {
    spec.attributes.set("scan_input_directions", std::vector<int64_t>(sequences, 1));
    spec.attributes.set("scan_output_directions", std::vector<int64_t>{1});
  }
  spec.output_count = direction.states.size() + 1;
  std::vector<Expr> results;
  for (const ValueId id : builder.emit(std::move(spec))) results.emplace_back(builder, id);
  return results;
}

std::vector<ValueId> outputs_of(const Call& call, const CellKind& kind,
                                const std::vector<std::vector<Expr>>& results) {
  std::vector<Expr> sequences;
  sequences.reserve(results.size());
  const std::vector<int64_t> behind_length = {1};
  for (const auto& result : results) sequences.push_back(unsqueeze(result.back(), behind_length));
  Expr y = concat(sequences, 1);
  if (call.batch_first()) y = transpose(y, std::array<int64_t, 4>{2, 0, 1, 3});
  std::vector<ValueId> outputs = {y.id()};
  for (size_t state = 0; state < kind.states; ++state) {
    std::vector<Expr> lasts;
    lasts.reserve(results.size());
    for (const auto& result : results) lasts.push_back(unsqueeze(result[state], kFront));
    const Expr last = concat(lasts, 0);
    outputs.push_back((call.batch_first() ? transpose(last, kSwapFront) : last).id());
  }
  outputs.resize(call.node.outputs.size(), kNoValue);
  return outputs;
}

// [batch,1], to be compared with the number of a step.
std::optional<Expr> lengths_of(const Call& call) {
  if (!call.has(kLengths)) return std::nullopt;
  const std::vector<int64_t> column = {1};
  return unsqueeze(cast(call.input(kLengths), DataType::kInt64), column);
}

std::vector<ValueId> expand_recurrent(const Call& call, const CellKind& kind) {
  const std::string& name = call.node.attributes.text("direction");
  const size_t directions = name == "bidirectional" ? 2 : 1;
  const auto activations =
      recurrent_activations(call.node.attributes, kind.activations, directions);
  const Expr x = call.batch_first() ? transpose(call.input(kX), kSwapFront) : call.input(kX);
  const Expr hidden = extent_of(call.input(kR), 2);
  std::vector<std::vector<Expr>> results;
  for (size_t d = 0; d < directions; ++d) {
    const auto index = static_cast<int64_t>(d);
    const CellWeights weights = weights_of(call, kind, index, hidden);
    const auto functions =
        std::span(activations).subspan(d * kind.activations.size(), kind.activations.size());
    const Direction direction{input_gates(call, kind, x, index, hidden, weights),
                              initial_states(call, kind, x, index, hidden),
                              weights,
                              setting_of(call.node, functions),
                              lengths_of(call),
                              name == "reverse" || d == 1};
    results.push_back(scan(call.builder, direction, kind));
  }
  return outputs_of(call, kind, results);
}

}  // namespace

std::vector<ValueId> expand_rnn(Builder& builder, const Node& node,
                                std::span<const ValueId> inputs) {
  return expand_recurrent({builder, node, inputs}, {rnn_step, 1, 1, {"Tanh"}});
}

std::vector<ValueId> expand_gru(Builder& builder, const Node& node,
                                std::span<const ValueId> inputs) {
  return expand_recurrent({builder, node, inputs}, {gru_step, 3, 1, {"Sigmoid", "Tanh"}});
}

std::vector<ValueId> expand_lstm(Builder& builder, const Node& node,
                                 std::span<const ValueId> inputs) {
  return expand_recurrent({builder, node, inputs}, {lstm_step, 4, 2, {"Sigmoid", "Tanh", "Tanh"}});
}

}  // namespace twingrad
