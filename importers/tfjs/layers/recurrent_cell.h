#pragma once

#include <optional>
#include <string>
#include <vector>

#include "importers/tfjs/layers/layer_call.h"

namespace twingrad {

// A recurrent layer with Keras's weights: gates stand one after the other in the last axis.
struct RecurrentCell {
  enum class Kind : uint8_t { kSimple, kGru, kLstm };

  Kind kind;
  int64_t units;
  Expr kernel;               // inputs, gates * units
  Expr recurrent_kernel;     // units, gates * units
  std::optional<Expr> bias;  // gates * units; GRU that resets after: two of them
  bool reset_after;
  std::string activation;
  std::string recurrent_activation;
  bool keras3;

  size_t gates() const { return kind == Kind::kSimple ? 1 : kind == Kind::kGru ? 3 : 4; }
  size_t states() const { return kind == Kind::kLstm ? 2 : 1; }
};

struct RecurrentResult {
  Expr sequence;            // batch, steps, units
  std::vector<Expr> state;  // the last ones, each batch, units
};

// What ONNX's operator of the cell gives for x (batch, steps, inputs). nullopt where ONNX has none
// with these activations.
std::optional<RecurrentResult> run_as_operator(const RecurrentCell& cell, Expr x,
                                               const std::vector<Expr>& initial);

// The same as a Scan of the formulas, which knows every activation and masks: a step that does not
// count keeps the state, and its result is the one before, or 0.
RecurrentResult run_as_scan(const RecurrentCell& cell, Expr x, const std::vector<Expr>& initial,
                            const std::optional<Expr>& mask, bool zero_output_for_mask);

}  // namespace twingrad
