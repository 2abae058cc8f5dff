#pragma once

#include <vector>

#include "backends/backend.h"

namespace twingrad {

// One thing that a program does.
struct ScheduledStep {
  enum class Kind : uint8_t {
    kKernel,    // one node, all of whose tensors have shapes that are known
    kElements,  // one or more elementwise nodes of equal output shape, run block by block
    kDynamic,   // one node whose shapes are only known when it runs
    kEvaluate,  // one node whose kernel makes its own outputs
    kNested,    // one node that runs programs: If, Loop, what can only be expanded when it runs
  };
  Kind kind;
  std::vector<NodeId> nodes;  // in the order of the graph
};

// Nodes that compute nothing: constants, and views whose shapes are known.
bool is_static_view(const Graph& graph, const Node& node);
bool is_constant_node(const Node& node);
// The value behind the static views, if any, of which `id` is the last.
ValueId view_source(const Graph& graph, ValueId id);

// The steps in an order in which each has its inputs. With `fused`, elementwise nodes that feed
// each other, directly or through views, become one step where nothing else has to run in between:
// a group stays open, and waits, until something else needs one of its results.
std::vector<ScheduledStep> schedule(const Graph& graph, const Backend& backend, bool fused);

}  // namespace twingrad
