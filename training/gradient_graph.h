#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "autodiff/convention.h"
#include "ir/graph.h"

namespace twingrad {

struct GradientGraphOptions {
  std::map<std::string, int64_t> dims;  // symbolic dimensions to be fixed
  std::map<std::string, Shape> shapes;  // of inputs
  std::vector<std::string> wrt;         // empty: the trainable parameters
  std::vector<std::string> of;          // empty: the floating-point outputs
  int order = 1;                        // 2 adds the gradient of <direction, gradient>
  Convention convention = Convention::kSpec;
  bool straight_through = false;
};

struct GradientGraph {
  Graph graph;
  std::vector<std::string> missing;  // of `wrt`: nothing connects them to an output
  size_t forward_nodes = 0;          // the first nodes of the graph are the model's own
};

// The model with its gradients: inputs X and cotangents NAME_cotangent (of a scalar with the
// default 1), outputs Y and NAME_grad; of order 2 inputs NAME_direction and outputs
// NAME_second_order too. Throws Error for names that the model lacks, for outputs that cannot be
// differentiated, and (unsupported) for operators without a derivative on a path.
GradientGraph gradient_graph(const Graph& source, const GradientGraphOptions& options);

}  // namespace twingrad
