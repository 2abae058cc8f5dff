#pragma once

#include <string>
#include <vector>

#include "backends/backend.h"
#include "ir/graph.h"

namespace twingrad {

// What can be done with one node.
struct NodeSupport {
  std::string place;  // its name (or first output), behind those of the nodes that it is inside of
  std::string op;     // "Relu", "own::Block"
  bool runs = true;
  bool has_gradient = true;
  std::string why_not_run;
  std::string why_no_gradient;
};

// Every node of the graph, in order; behind a node those of its nested graphs, or of the function
// that it calls. Found out by trying: each node alone is lowered for the backend and swept.
std::vector<NodeSupport> node_support(const Graph& graph, const Backend& backend, ThreadPool& pool);

}  // namespace twingrad
