#pragma once

#include <string>
#include <utility>
#include <vector>

#include "ir/graph.h"

namespace twingrad {

// The names of the initializers (and defaults of inputs) that training changes unless told
// otherwise: of a floating-point type, of rank 1 or more, with a gradient that flows to them from
// the value `loss` (by name; empty: from any output), and no running statistics and nothing that
// says to be no parameter (ir/roles.h). Another constant of the model that looks like a parameter,
// such as a table of positions, is one of them; an explicit list excludes it.
std::vector<std::string> trainable_parameters(const Graph& graph, const std::string& loss = "");

// The values at inputs 3 and 4 (running mean and variance) of BatchNormalization, in nested graphs
// too, as far as they are values of `graph`.
std::vector<ValueId> running_statistics(const Graph& graph);

// A statistic and the output of a node of `graph` itself that replaces it after a step, for every
// BatchNormalization in training mode that computes it. Statistics that are no data are left out.
std::vector<std::pair<ValueId, ValueId>> statistics_updates(const Graph& graph);

}  // namespace twingrad
