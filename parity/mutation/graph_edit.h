#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "ir/replay.h"

namespace twingrad {

// Sees each node as it would be emitted on the new graph and may change that, or return the values
// that stand in the place of its outputs.
using NodeEdit = std::function<std::optional<std::vector<ValueId>>(
    Builder& builder, const Node& node, NodeSpec& spec)>;

// The graph written anew, node by node, under the same names. Nested graphs stay as they are.
Graph edited(const Graph& source, const NodeEdit& edit);

}  // namespace twingrad
