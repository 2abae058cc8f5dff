#pragma once

#include <optional>
#include <vector>

#include "exporters/source/node_writer.h"

namespace twingrad {

// Questions about shapes that NumPy-like frameworks need answered alike.

// The extents that a Reshape asks for: numbers, "x.shape[0]", at most one -1; nullopt where they
// are computed from more than shapes of inputs.
std::optional<std::vector<Code>> reshaped_extents(const NodeWriter& node);
// The extents of an output: numbers, or expressions over the shapes of inputs.
std::optional<std::vector<Code>> expanded_extents(const NodeWriter& node);
// The permutation of a Transpose.
std::vector<int64_t> permutation_of(const NodeWriter& node);
// The axes of an Unsqueeze in its output, ascending.
std::vector<int64_t> new_axes(const NodeWriter& node);
// The extents that a Split gives its outputs along its axis.
std::vector<int64_t> split_extents(const NodeWriter& node);

}  // namespace twingrad
