#pragma once

#include <functional>

#include "ir/model.h"
#include "ir/op.h"

namespace twingrad {

// What writes the results of a node in terms of other operators; nullptr: the node stays.
using FindExpansion = std::function<ExpandFunction(const Graph& graph, const Node& node)>;

// The model with every node replaced by its expansion, until none is left that has one, in nested
// graphs and functions too. Outputs keep their names.
Model expanded(const Model& model, const FindExpansion& expansion_of);

// A call by the body of its function; for `expansion_of`.
ExpandFunction inlined_call();

}  // namespace twingrad
