#pragma once

#include <string_view>

#include "exporters/source/tree_layers.h"

namespace twingrad {

// Losses of the frameworks of tree_layers.h, which call a helper of one name.
Codes tree_nll_loss(NodeWriter& node);
// `log_softmax`: "jax.nn.log_softmax".
Codes tree_cross_entropy(NodeWriter& node, std::string_view log_softmax);

}  // namespace twingrad
