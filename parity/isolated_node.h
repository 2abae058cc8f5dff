#pragma once

#include "parity/question.h"

namespace twingrad {

// One node of a graph by itself: its inputs are the inputs of a graph of one node, under their own
// names. A value that the node takes twice is one input.
Graph isolated_node(const Graph& graph, const Node& node);

// The names of the values that the node takes, each once; omitted ones are left out.
std::vector<std::string> names_taken(const Graph& graph, const Node& node);

}  // namespace twingrad
