#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ir/expression.h"

namespace twingrad {

// The cells of RNN, GRU and LSTM: formulas of https://onnx.ai/onnx/operators/onnx__LSTM.html and
// its siblings.

// One of the functions f, g and h.
struct RecurrentActivation {
  std::string name;
  double alpha = 0;
  double beta = 0;
};

// Every `count` functions are those of one direction. Throws Error for an unknown name, or a number
// of names that is not count or twice that. `fallback` where the attribute is absent.
std::vector<RecurrentActivation> recurrent_activations(const Attributes& attributes,
                                                       std::span<const char* const> fallback,
                                                       size_t directions);

// The weights of one direction as the cell uses them; the gates stand one after the other in the
// last axis.
struct CellWeights {
  std::vector<Expr> recurrence;        // [hidden, gates * hidden]; GRU: of z and r, and of h
  std::optional<Expr> recurrent_bias;  // [hidden], of h, for linear_before_reset
  std::vector<Expr> peepholes;         // [hidden] each: input, output, forget

  std::vector<Expr> all() const;
  // The same fields from another list.
  CellWeights with(std::span<const Expr> list) const;
};

struct CellSetting {
  std::span<const RecurrentActivation> activations;
  std::optional<double> clip;
  bool coupled = false;              // LSTM: the forget gate is 1 minus the input gate
  bool linear_before_reset = false;  // GRU
};

// From the inputs' and biases' part of the gates, [batch, gates * hidden], and the state (h, for
// LSTM h and c; [batch, hidden]) to the next state.
using CellStep = std::vector<Expr> (*)(Expr gates, std::span<const Expr> state,
                                       const CellWeights& weights, const CellSetting& setting);

std::vector<Expr> rnn_step(Expr gates, std::span<const Expr> state, const CellWeights& weights,
                           const CellSetting& setting);
std::vector<Expr> gru_step(Expr gates, std::span<const Expr> state, const CellWeights& weights,
                           const CellSetting& setting);
std::vector<Expr> lstm_step(Expr gates, std::span<const Expr> state, const CellWeights& weights,
                            const CellSetting& setting);

}  // namespace twingrad
