#pragma once

#include <span>

#include "ir/replay.h"

namespace twingrad {

// The types that the inputs have.
std::vector<Type> input_types(const Graph& graph);

// The same graph inferred anew for inputs of these types.
Graph with_input_types(const Graph& graph, std::span<const Type> types);

}  // namespace twingrad
