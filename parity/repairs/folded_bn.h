#pragma once

#include "parity/repairs/repair.h"

namespace twingrad {

// A BatchNormalization that was multiplied into a convolution is a node of its own again where its
// statistics and weights are still in the file: "bn.running_mean", "bn.running_var", "bn.weight"
// and "bn.bias" that no node reads. Which convolution it was in tells the metadata of PyTorch's
// newer exporter; or the bias of one, and of one only, is what a convolution without a bias has
// from it (within 1e-5 of the largest element): bias - running_mean * weight / sqrt(running_var +
// epsilon). The weight is divided by weight / sqrt(running_var + epsilon), what then is left of the
// bias is the convolution's own. A normalization with a weight of zero stays folded: what was
// multiplied by zero cannot be told.
Repaired unfolded_normalization(const Graph& graph);
// The weights of convolutions that it would restore.
std::vector<ValueId> weights_to_unfold(const Graph& graph);

}  // namespace twingrad
