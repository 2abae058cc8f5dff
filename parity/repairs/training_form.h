#pragma once

#include "parity/repairs/repair.h"

namespace twingrad {

// Whether a node is BatchNormalization by fixed statistics.
bool has_fixed_statistics(const Node& node);
// Whether a node of `graph` is a Dropout that the model says not to train.
bool drops_nothing(const Graph& graph, const Node& node);

// What --training does, for one of the two, in nested graphs and functions too. The result is
// another function in training and the same one in inference.
Repaired training_normalization(const Graph& graph);
Repaired training_dropout(const Graph& graph);

}  // namespace twingrad
