#pragma once

#include <span>
#include <vector>

#include "autodiff/rule.h"
#include "autodiff/sweep.h"

namespace twingrad {

// What the rows of If, Loop and SequenceMap share.

// The values that a node's nested graphs take from outside: its last inputs.
std::vector<ValueId> captures_of(const Node& node);

// The gradients of a nested graph's outputs by the values `wrt` inside, zeros where nothing flows;
// by the conventions of the node that holds the graph.
std::vector<ValueId> nested_gradients(const RuleContext& context, Builder& builder,
                                      std::span<const Seed> seeds, std::span<const ValueId> wrt);

}  // namespace twingrad
