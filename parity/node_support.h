#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "autodiff/sweep.h"
#include "backends/backend.h"
#include "ir/graph.h"

namespace twingrad {

// What comes back through a node.
enum class GradientFlow : uint8_t {
  kFlows,
  kZero,  // its results change nowhere or in jumps: the derivative is zero almost everywhere
  kNone,  // nothing that has a gradient goes in or comes out, or there is no derivative yet
};
std::string_view gradient_flow_name(GradientFlow flow);  // "flows", "zero", "none"

// What can be done with one node. Both modes run the same kernels: what runs, runs in both.
struct NodeSupport {
  std::string place;  // its name (or first output), behind those of the nodes that it is inside of
  std::string op;     // "Relu", "own::Block"
  bool runs = true;
  GradientFlow gradient = GradientFlow::kFlows;
  std::string why_not_run;
  std::string why_no_gradient;  // empty where it flows
  size_t depth = 0;             // 0: a node of the graph itself
};

// The node's name, or its first output's.
std::string node_label(const Graph& graph, const Node& node);

// Every node of the graph, in order; behind a node those of its nested graphs, or of the function
// that it calls. Found out by trying: each node alone is lowered for the backend and swept.
// What the options say of conventions and rounding holds for the sweeps.
std::vector<NodeSupport> node_support(const Graph& graph, const Backend& backend, ThreadPool& pool,
                                      const SweepOptions& options = {});

}  // namespace twingrad
