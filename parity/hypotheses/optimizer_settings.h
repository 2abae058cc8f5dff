#pragma once

#include <string>
#include <vector>

#include "parity/bundle.h"

namespace twingrad {

// Another definition of an optimizer that somebody may have meant by the same name.
struct OptimizerChange {
  std::string what;  // stands behind "the optimizer": "is adam of tensorflow (here of torch)"
  ReferenceOptimizer optimizer;
};

// The likeliest first: the other frameworks' formulas with the same settings, then with their own
// epsilon, other kinds of the family (weight decay coupled or not, Nesterov's form), then single
// settings. Those that no row of the optimizers fits are left out.
std::vector<OptimizerChange> optimizer_changes(const ReferenceOptimizer& optimizer);

}  // namespace twingrad
