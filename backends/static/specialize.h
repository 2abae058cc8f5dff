#pragma once

#include <span>
#include <vector>

#include "ir/graph.h"

namespace twingrad {

// After a run the initializer `parameter` holds what `value` was in it.
struct Update {
  ValueId parameter;
  ValueId value;
};

// The graph as it is planned: for these input types, with everything that changes from run to run
// as an input.
// Inputs: those of `graph` but the omitted ones, then the parameters of the updates. Outputs: those
// of `graph`, then the updates' values. A type of kind kUnknown marks an input that is omitted: its
// default is used and can be taken as known. Throws Error for an input that is omitted without
// default and for types that contradict the graph's.
Graph specialized(const Graph& graph, std::span<const Type> inputs,
                  std::span<const Update> updates);

}  // namespace twingrad
