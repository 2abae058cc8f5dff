#pragma once

#include <span>

#include "ir/graph.h"

namespace twingrad {

// The part of a graph between two cuts: `outputs` (ids of any of its values; none: those that it
// has) as functions of `inputs` (likewise; none: those that are needed). Inputs stand in the order
// given; behind them come inputs of the graph that are needed still. A value that becomes an input
// is given by the caller from now on: what was before it goes, or the data that it was. Nodes, data
// and inputs that no output needs go; all else keeps its name, type and texts.
//
// Throws Error for an input that no output needs, and a value that is named twice.
Graph cut(const Graph& graph, std::span<const ValueId> inputs, std::span<const ValueId> outputs);

}  // namespace twingrad
