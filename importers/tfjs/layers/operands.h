#pragma once

#include <vector>

#include "importers/tfjs/layers/layer_call.h"

namespace twingrad {

// The operands of a call: its inputs, with numbers among Keras 3's arguments as scalars in their
// places.
std::vector<Expr> operands(const LayerCall& call);

}  // namespace twingrad
