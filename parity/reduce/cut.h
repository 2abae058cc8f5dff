#pragma once

#include <span>

#include "parity/reduce/recording.h"
#include "parity/reduce/records.h"

namespace twingrad {

// A case made of some of the nodes of a settled case, in the order of the graph. What other nodes
// made are inputs, with the values that they had; integers and booleans become parameters, so that
// shapes stay known. Outputs are what others used, and what nobody uses; their cotangents are the
// gradients that arrived there, and the gradients of all inputs and parameters are asked for.
//
// Held to records, what crosses the border of the part is what is recorded, where it is; the nodes
// are a `sure_part` then. Throws Error for a part of which nothing is recorded.
ParityCase cut(const ParityCase& whole, const Recording& at, std::span<const size_t> nodes,
               Held held);

}  // namespace twingrad
