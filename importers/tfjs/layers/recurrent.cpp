#include "importers/tfjs/formulas/reversal.h"
#include "importers/tfjs/layers/layer_row.h"
#include "importers/tfjs/layers/recurrent_cell.h"
#include "ir/error.h"

namespace twingrad {
namespace {

std::vector<Expr> initial_states(const LayerCall& call, const RecurrentCell& cell) {
  std::vector<Expr> states;
  for (size_t i = 1; i < call.inputs.size(); ++i) states.push_back(call.input(i));
  const auto named = call.site.named_inputs.find("initial_state");
  if (named != call.site.named_inputs.end()) {
    for (const KerasTensor& state : named->second) states.push_back(state.value);
  }
  check(states.empty() || states.size() == cell.states(), "has ", states.size(),
        " initial states, expected ", cell.states());
  return states;
}

RecurrentCell read_cell(LayerCall& call, RecurrentCell::Kind kind) {
  call.enter("", "cell");
  const Expr kernel = call.weight("kernel");
  const Expr recurrent = call.weight("recurrent_kernel");
  const auto bias = call.weight_if("use_bias", "bias");
  call.leave();
  // Keras 2 in front of reset_after's making did not write it.
  const bool reset_after = call.config.flag("reset_after", false);
  RecurrentCell cell{kind,
                     call.config.integer("units"),
                     kernel,
                     recurrent,
                     bias,
                     kind == RecurrentCell::Kind::kGru && reset_after,
                     call.config.activation("activation", "tanh"),
                     call.config.activation("recurrent_activation", "sigmoid"),
                     call.keras3};
  check(cell.units > 0 && cell.units <= INT32_MAX, "has ", cell.units, " units");
  const auto width = static_cast<int64_t>(cell.gates()) * cell.units;
  check(recurrent.rank() == 2 && recurrent.shape()[1].is(width), "has weights of type ",
        recurrent.type(), " for ", cell.units, " units");
  return cell;
}

std::vector<KerasTensor> recurrent(LayerCall& call, RecurrentCell::Kind kind) {
  const RecurrentCell cell = read_cell(call, kind);
  Expr x = call.input(0);
  check(x.rank() == 3, "expected a sequence of vectors, found ", x.type());
  std::optional<Expr> mask = call.mask(0);
  if (call.config.flag("time_major", false)) {
    fail_unsupported("the setting 'time_major' is not supported");
  }
  if (call.config.flag("go_backwards", false)) {
    const std::vector<int64_t> steps = {1};
    x = reversed(x, steps);
    if (mask) mask = reversed(*mask, steps);
  }
  const std::vector<Expr> initial = initial_states(call, cell);
  std::optional<RecurrentResult> result;
  if (!mask) result = run_as_operator(cell, x, initial);
  if (!result) {
    const bool zeros = call.config.flag("zero_output_for_mask", false);
    result = run_as_scan(cell, x, initial, mask, zeros);
  }
  std::vector<KerasTensor> results;
  if (call.config.flag("return_sequences", false)) {
    results.push_back({result->sequence, call.mask(0)});
  } else {
    results.push_back({result->state[0]});
  }
  if (call.config.flag("return_state", false)) {
    for (const Expr& state : result->state) results.push_back({state});
  }
  return results;
}

const LayerRow kRecurrentRows[] = {
    {"GRU", [](LayerCall& c) { return recurrent(c, RecurrentCell::Kind::kGru); }, Masking::kOwn},
    {"LSTM", [](LayerCall& c) { return recurrent(c, RecurrentCell::Kind::kLstm); }, Masking::kOwn},
    {"SimpleRNN", [](LayerCall& c) { return recurrent(c, RecurrentCell::Kind::kSimple); },
     Masking::kOwn},
};

}  // namespace

std::span<const LayerRow> recurrent_layers() {
  return kRecurrentRows;
}

}  // namespace twingrad
