#pragma once

#include <optional>
#include <string>

#include "importers/tfjs/ops/op_row.h"

namespace twingrad {

// What a fused operator does behind its product: attribute "fused_ops", with inputs from the third
// on.
struct FusedOps {
  std::optional<Expr> bias;
  std::string activation;     // TensorFlow's name; empty: none
  std::optional<Expr> slope;  // of Prelu

  Expr activated(const OpCall& call, Expr x) const;
};

// Throws an unsupported Error for other operators than BiasAdd and activations.
FusedOps read_fused_ops(const OpCall& call);

}  // namespace twingrad
