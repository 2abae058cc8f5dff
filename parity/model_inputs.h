#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "parity/question.h"

namespace twingrad {

struct InputChoices {
  NamedData given;                      // inputs, or parameters to be overridden
  std::map<std::string, int64_t> dims;  // of symbolic dimensions
  std::map<std::string, Shape> shapes;  // of inputs
  uint64_t seed = 0;
};

// The given inputs and a drawn value for every other input that has no default: floats normal,
// bools and integers 0 or 1. The extent of a symbolic dimension is what the given tensors or `dims`
// say, else 2; of one without a name 1. Throws Error for a name that the model does not have, a
// shape that does not fit, and a symbol with two extents.
NamedData model_inputs(const Graph& graph, const InputChoices& choices);

// A tensor of normal numbers (floating types), or of zeros and ones (integers, bools).
Tensor drawn_tensor(DataType type, const Shape& shape, uint64_t seed, uint64_t stream);

// Every floating-point input, and every initializer of rank 1 or more: what a gradient is asked
// for. A scalar is a constant of a formula (an exponent, an epsilon), rarely a parameter.
std::vector<std::string> differentiable_names(const Graph& graph);

// A drawn cotangent for every output of the graph that holds floating-point numbers; `outputs` tell
// their structure and shapes.
NamedData drawn_cotangents(const Graph& graph, const NamedData& outputs, uint64_t seed);

// FNV-1a of a name: the random stream of a value does not depend on its place in a file.
uint64_t stream_of(const std::string& name);

}  // namespace twingrad
