#pragma once

#include "ir/graph.h"

namespace twingrad {

// A graph that is being written and those around it whose names are visible in it.
struct WrittenScope {
  const Graph& graph;
  const WrittenScope* outer = nullptr;
};

// Whether the nested graphs of a node say by the names that they use what they capture: the names
// inside are those outside, no name inside hides one outside, and the captures are in the order of
// their first use. Then a reader finds them again without being told.
bool captures_are_implicit(const Node& node, const WrittenScope& scope);

}  // namespace twingrad
