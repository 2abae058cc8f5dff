#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "parity/lint.h"

namespace twingrad {

// What repairs would do to a graph, for those who look for what is to be repaired.
struct PlannedRepairs {
  // Findings that a repair sees and nobody else: alias, lost-tie, lost-bias, false-parameter. Their
  // place is the node, still without a name.
  std::multimap<NodeId, Finding> findings;
  std::set<std::pair<std::string, NodeId>> nodes;  // that are changed, by the code of the finding
  std::set<std::string> reasons;                   // as findings state them
  std::set<ValueId> constants;                     // initializers that are no parameters
  std::set<ValueId> foldings;                      // weights with a normalization to be restored
};

// `nested`: of a graph inside of a node, in which nothing is repaired.
PlannedRepairs planned_repairs(const Graph& graph, bool nested);

}  // namespace twingrad
