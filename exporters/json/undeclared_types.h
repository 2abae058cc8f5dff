#pragma once

#include <unordered_set>

#include "ir/graph.h"

namespace twingrad {

// The results of nodes whose types say more than inference finds from the inputs on, if what is
// said of the results before them is known: those that a file must state so that nothing is lost.
std::unordered_set<ValueId> types_beyond_inference(const Graph& graph);

}  // namespace twingrad
