#pragma once

#include "parity/repairs/plan.h"

namespace twingrad {

// Metadata of a weight that is another one than the module of its name had: a normalization is
// multiplied into it.
inline constexpr std::string_view kFoldedKey = "twingrad.folded";

// Gives parameters whose names an exporter made up the names that they have in PyTorch. The weight
// of a Linear, stored transposed, is turned back and read through a Transpose: under PyTorch's name
// it has PyTorch's shape, and loads from and into a state_dict. The weight of a convolution into
// which a normalization was folded is marked as such.
// A name stays where nothing tells the module, and where two parameters would get the same one.
Plan name_loss_plan(const Graph& graph);

}  // namespace twingrad
