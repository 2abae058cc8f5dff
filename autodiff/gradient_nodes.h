#pragma once

#include "autodiff/convention.h"
#include "ir/graph.h"

namespace twingrad {

// Whether the graph, a graph nested in it or a function that it calls has a node Gradient of
// ai.onnx.preview.training.
bool has_gradient_nodes(const Graph& graph);

// The graph with what its Gradient nodes stand for in their place. Such a node names, by strings, a
// value y of its graph and values xs and zs that y is a function of; it gives the derivatives of
// the sum of y's elements by xs. Its inputs are the values that xs and zs take there: y is computed
// anew from them, cut at xs and zs, and swept. y may itself be the output of a Gradient. Where
// nothing connects an x to y the result is zeros. Functions with such nodes are inlined. Throws
// Error for names that the node's graph does not have and for a y that depends on its own gradient.
Graph with_gradients_written_out(const Graph& graph, Convention convention);

}  // namespace twingrad
