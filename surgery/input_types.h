#pragma once

#include <span>

#include "ir/replay.h"

namespace twingrad {

// An empty graph behind `target` gets the texts, inputs and data of `source`, the inputs under the
// given types. Returns where each value is on the target.
ValueMap copy_frame_with(const Graph& source, std::span<const Type> types, Builder& target);

// The types that the inputs have.
std::vector<Type> input_types(const Graph& graph);

// The same graph inferred anew for inputs of these types.
Graph with_input_types(const Graph& graph, std::span<const Type> types);

}  // namespace twingrad
