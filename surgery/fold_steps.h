#pragma once

#include "surgery/fold.h"

namespace twingrad {

// The steps of fold(), a file each; they add to the counts.

// Identity, and Dropout that does not drop, go. An output has the name that it had.
Graph without_idle_nodes(const Graph& graph, FoldCounts& counts);

// y = scale (conv(x) - mean) / sqrt(variance + epsilon) + bias is a convolution with other weights
// and bias: with factor = scale / sqrt(variance + epsilon) for each output channel, W factor and
// (b - mean) factor + bias. Where it is the only reader of a Conv whose weights, like its own
// parameters, are data. Computed in double. `change` false: only counted, as left.
Graph with_normalizations_folded(const Graph& graph, bool change, FoldCounts& counts);

}  // namespace twingrad
