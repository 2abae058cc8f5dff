#pragma once

#include <set>
#include <string>

#include "ir/graph.h"
#include "parity/named_data.h"
#include "parity/verdict.h"

namespace twingrad {

// The names of all values of the graph that depend on what random operators draw; with these inputs
// a Dropout that does not train draws nothing.
std::set<std::string> values_with_draws(const Graph& graph, const NamedData& inputs);

// The names of the inputs and initializers that decide how is drawn: the ratio of a Dropout, the
// probabilities of a Bernoulli. Moving them moves the draws, which have no slope.
std::set<std::string> values_that_shape_draws(const Graph& graph);

// Two samples of one distribution: the element types and shapes are equal, and the means of the
// elements and of their squares differ by at most five standard errors.
TensorVerdict compare_statistics(const std::string& name, const std::string& kind,
                                 const Tensor& left, const Tensor& right);

}  // namespace twingrad
