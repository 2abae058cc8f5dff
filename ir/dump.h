#pragma once

#include <ostream>

#include "ir/graph.h"

namespace twingrad {

// A graph as text for people, one line a value or node, nested graphs indented below their node:
//
//   graph "main" {
//     input x: float[batch,3]
//     data w: float[3,2] = {0.5, 1, 2, 3, ...}
//     y: float[batch,2] = MatMul(x, w)
//     z: float[batch,2] = LeakyRelu(y) {alpha: 0.1}   # "node name"
//     output z
//   }
//
// "capture" marks inputs of nested graphs that come from outside, "constant" data without a name
// of its own. Absent inputs and outputs are "-". At most the first elements of data are shown.
// The text has no defined grammar and is not read back.
void dump(std::ostream& out, const Graph& graph);
// The lines of one node.
void dump(std::ostream& out, const Graph& graph, const Node& node);

}  // namespace twingrad
