#include "importers/tfjs/formulas/activation.h"
#include "importers/tfjs/layers/recurrent_cell.h"
#include "ir/error.h"
#include "ir/nested.h"

namespace twingrad {
namespace {

// What one step reads besides its state.
struct Step {
  Expr gates;  // the input's part of the gates, batch, gates * units
  Expr recurrent_kernel;
  std::optional<Expr> recurrent_bias;
};

class CellFormula {
 public:
  explicit CellFormula(const RecurrentCell& cell) : cell_(cell) {}

  std::vector<Expr> next(const Step& step, const std::vector<Expr>& state) const {
    switch (cell_.kind) {
      case RecurrentCell::Kind::kSimple:
        return {outer(step.gates + matmul(state[0], step.recurrent_kernel))};
      case RecurrentCell::Kind::kGru:
        return {gru(step, state[0])};
      case RecurrentCell::Kind::kLstm:
        return lstm(step, state);
    }
    fail("unknown cell");
  }

 private:
  Expr outer(Expr x) const { return activated(x, cell_.activation, cell_.keras3); }
  Expr inner(Expr x) const { return activated(x, cell_.recurrent_activation, cell_.keras3); }
  Expr block(Expr x, int64_t first, int64_t last) const {
    return slice(x, -1, first * cell_.units, last * cell_.units);
  }

  // Gates z, r, h.
  Expr gru(const Step& step, Expr h) const {
    const Expr& gates = step.gates;
    std::optional<Expr> proposal;
    std::optional<Expr> update;
    if (cell_.reset_after) {
      Expr own = matmul(h, step.recurrent_kernel);
      if (step.recurrent_bias) own = own + *step.recurrent_bias;
      update = inner(block(gates, 0, 1) + block(own, 0, 1));
      const Expr reset = inner(block(gates, 1, 2) + block(own, 1, 2));
      proposal = outer(block(gates, 2, 3) + reset * block(own, 2, 3));
    } else {
      const Expr both = inner(block(gates, 0, 2) + matmul(h, block(step.recurrent_kernel, 0, 2)));
      update = block(both, 0, 1);
      const Expr kept = block(both, 1, 2) * h;
      proposal = outer(block(gates, 2, 3) + matmul(kept, block(step.recurrent_kernel, 2, 3)));
    }
    return *update * h + (1.0 - *update) * *proposal;
  }

  // Gates i, f, c, o.
  std::vector<Expr> lstm(const Step& step, const std::vector<Expr>& state) const {
    const Expr sum = step.gates + matmul(state[0], step.recurrent_kernel);
    const Expr kept = inner(block(sum, 1, 2)) * state[1];
    const Expr c = kept + inner(block(sum, 0, 1)) * outer(block(sum, 2, 3));
    return {inner(block(sum, 3, 4)) * outer(c), c};
  }

  const RecurrentCell& cell_;
};

Type without_first_axis(Expr x) {
  std::vector<Dimension> dims = x.shape().dims();
  dims.erase(dims.begin());
  return Type::tensor(x.element(), PartialShape(std::move(dims)));
}

struct Inputs {
  std::vector<Expr> states;  // with a mask, the last output behind them
  Expr gates;                // steps first
  std::optional<Expr> mask;  // steps, batch, 1
  std::optional<Expr> recurrent_bias;
};

// The body: states and slices to the next states and the output of the step.
GraphPointer scan_body(const RecurrentCell& cell, const Inputs& inputs, bool zero_output,
                       std::vector<ValueId>& captures) {
  NestedGraph nested(inputs.gates.builder());
  Builder& builder = nested.builder();
  std::vector<Expr> states;
  for (const Expr& state : inputs.states) states.emplace_back(builder, nested.formal(state.type()));
  const Expr gates(builder, nested.formal(without_first_axis(inputs.gates)));
  std::optional<Expr> mask;
  if (inputs.mask) mask = Expr(builder, nested.formal(without_first_axis(*inputs.mask)));
  const auto captured = [&](Expr outside) { return Expr(builder, nested.capture(outside.id())); };
  Step step{gates, captured(cell.recurrent_kernel), std::nullopt};
  if (inputs.recurrent_bias) step.recurrent_bias = captured(*inputs.recurrent_bias);
  std::vector<Expr> next = CellFormula(cell).next(step, states);
  Expr output = next[0];
  if (mask) {
    output = where(*mask, output, zero_output ? output.like(0) : states.back());
    for (size_t i = 0; i < next.size(); ++i) next[i] = where(*mask, next[i], states[i]);
    next.push_back(output);
  }
  captures = nested.captured();
  std::vector<ValueId> results;
  results.reserve(next.size() + 1);
  for (const Expr& state : next) results.push_back(state.id());
  results.push_back(builder.emit_one("Identity", {output.id()}));
  return nested.finish(std::move(results));
}

// Zeros for the batch of x (batch, steps, inputs).
Expr zero_state(Expr x, int64_t units) {
  const std::vector<Expr> shape = {slice(shape_of(x), 0, 0, 1), x.integers({units})};
  return concat(shape, 0).apply("ConstantOfShape", {},
                                {{"value", Tensor::zeros(x.element(), {1})}});
}

}  // namespace

RecurrentResult run_as_scan(const RecurrentCell& cell, Expr x, const std::vector<Expr>& initial,
                            const std::optional<Expr>& mask, bool zero_output_for_mask) {
  const std::vector<int64_t> steps_first = {1, 0, 2};
  Expr gates = matmul(transpose(x, steps_first), cell.kernel);
  std::optional<Expr> recurrent_bias;
  if (cell.bias && cell.bias->rank() == 2) {
    const std::vector<int64_t> front = {0};
    gates = gates + squeeze(slice(*cell.bias, 0, 0, 1), front);
    recurrent_bias = squeeze(slice(*cell.bias, 0, 1, 2), front);
  } else if (cell.bias) {
    gates = gates + *cell.bias;
  }
  Inputs inputs{initial, gates, std::nullopt, recurrent_bias};
  while (inputs.states.size() < cell.states()) inputs.states.push_back(zero_state(x, cell.units));
  if (mask) {
    const std::vector<int64_t> last = {2};
    inputs.mask = unsqueeze(transpose(*mask, std::vector<int64_t>{1, 0}), last);
    inputs.states.push_back(zero_state(x, cell.units));
  }
  NodeSpec spec;
  spec.op = "Scan";
  spec.attributes.set("body", scan_body(cell, inputs, zero_output_for_mask, spec.captures));
  spec.attributes.set("num_scan_inputs", int64_t{mask ? 2 : 1});
  for (const Expr& state : inputs.states) spec.inputs.push_back(state.id());
  spec.inputs.push_back(gates.id());
  if (mask) spec.inputs.push_back(inputs.mask->id());
  spec.output_count = inputs.states.size() + 1;
  const auto ids = x.builder().emit(std::move(spec));
  RecurrentResult result{transpose(Expr(x.builder(), ids.back()), steps_first), {}};
  for (size_t i = 0; i < cell.states(); ++i) result.state.emplace_back(x.builder(), ids[i]);
  return result;
}

}  // namespace twingrad
