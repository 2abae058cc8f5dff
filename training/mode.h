#pragma once

#include <string_view>

#include "ir/graph.h"

namespace twingrad {

// The same model made for training or for inference, nested graphs and functions included:
// BatchNormalization uses the statistics of the batch (and gives the next running ones) or the
// running ones, Dropout drops or does not. A Dropout whose mode is not fixed by the model but
// computed, or given as an input, stays as it is. `only` names the one operator of the two that is
// meant.
Graph with_mode(const Graph& graph, bool training, std::string_view only = {});

}  // namespace twingrad
