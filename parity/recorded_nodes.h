#pragma once

#include "parity/legs.h"

namespace twingrad {

// Every node alone, held to recorded intermediate values, so that no difference is carried on: a
// node takes the values that were recorded, and what it gives is held to the recorded outputs;
// backwards it takes the recorded gradients of its outputs (the cotangent of an output that no node
// takes), and the sum of what all nodes that take a value give is held to its recorded gradient.
// Tensors have the names of the values. Values that hold no floats are computed where they were not
// recorded; a value or gradient of which something else is missing is left out. Only `question`'s
// graph, inputs, cotangents and conventions are read. Nodes that draw random numbers are left out.
LegReport recorded_nodes_leg(const Question& question, const Runner& runner,
                             const Expectation& expected);

}  // namespace twingrad
