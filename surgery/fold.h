#pragma once

#include <string>

#include "backends/backend.h"
#include "ir/graph.h"

namespace twingrad {

struct FoldOptions {
  // What is only right while nothing is trained: the normalization after a convolution becomes part
  // of its weights and bias.
  bool inference = false;
};

struct FoldCounts {
  size_t constants = 0;            // nodes whose results are known: constants stand there now
  size_t identities = 0;           // Identity
  size_t dropouts = 0;             // Dropout that does not drop
  size_t normalizations = 0;       // BatchNormalization that went into the Conv before it
  size_t normalizations_left = 0;  // that would have, with FoldOptions::inference
};

struct Folded {
  Graph graph;
  FoldCounts counts;
};

// The same function with fewer nodes; inputs, outputs and their names stay. Floating-point
// initializers are parameters and count as unknown, so that nothing is folded that depends on them;
// but `inference` changes those of the convolutions that it folds into, which keep their names
// (a convolution without bias gets the normalization's). Nested graphs and functions are not
// entered. What no output needs goes, but inputs stay.
Folded fold(const Graph& graph, const FoldOptions& options, const Backend& backend,
            ThreadPool& pool);

// "12 nodes became constants, 3 Identity removed, 20 BatchNormalization went into Conv".
std::string text_of(const FoldCounts& counts);

}  // namespace twingrad
