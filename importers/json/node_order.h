#pragma once

#include <cstddef>
#include <vector>

namespace twingrad {

// `sources[i]` are the numbers of the nodes from which node i takes something.
using NodeSources = std::vector<std::vector<size_t>>;

// The nodes in an order in which each stands behind its sources; of those that could be next, the
// first one is, so that nodes which are in order stay as they are. Shorter than the list where
// there is a cycle.
std::vector<size_t> topological_order(const NodeSources& sources);

// The nodes of one cycle, each a source of the one before it. There must be one.
std::vector<size_t> find_cycle(const NodeSources& sources);

}  // namespace twingrad
