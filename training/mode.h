#pragma once

#include "ir/graph.h"

namespace twingrad {

// The same model made for training or for inference, nested graphs and functions included:
// BatchNormalization uses the statistics of the batch (and gives the next running ones) or the
// running ones, Dropout drops or does not. A Dropout whose mode is not fixed by the model but
// computed, or given as an input, stays as it is.
Graph with_mode(const Graph& graph, bool training);

}  // namespace twingrad
