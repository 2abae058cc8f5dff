#pragma once

#include <string>
#include <vector>

#include "parity/repairs/plan.h"

namespace twingrad {

// The gradient of a parameter, or the transpose of it, or its slices along axis 0 divided by
// numbers.
struct GradientTerm {
  std::string name;
  bool transposed = false;
  std::vector<double> divisors = {};
};

// The sum of gradients that the parameters of one graph had is the sum of those of another: a
// parameter that was split into two, two that became one, or one that is transposed. Those that
// nothing read before are `after` nothing.
struct GradientRelation {
  std::vector<GradientTerm> before;
  std::vector<GradientTerm> after;
};

struct Rewired {
  Graph graph;
  // Of the parameters that the plan touches; all others have the gradients that they had.
  std::vector<GradientRelation> relations;
};

// The graph with what `plan` says. Initializers, Constant nodes and nodes over them that nobody
// reads any more are left out.
Rewired rewired(const Graph& graph, const Plan& plan);

}  // namespace twingrad
