#pragma once

#include <string>
#include <vector>

#include "ir/graph.h"

namespace twingrad {

// A parameter that a graph is to get, under a name that is free.
struct NewParameter {
  std::string name;
  Tensor data;
  Metadata metadata = {};
};

// Input `input` of a node reads the parameter of this name, new or there already, from now on;
// `transposed`: through a Transpose, for matrices. `input` may be one that the node leaves out.
struct Rewiring {
  NodeId node = kNoNode;
  size_t input = 0;
  std::string parameter;
  bool transposed = false;
};

// One thing that an exporter lost, where, and how a plan makes it good.
struct Deed {
  NodeId node = kNoNode;
  std::string reason;  // "'b' is tied to 'a'"
  std::string done;    // "'b' is a parameter of its own"
};

// What is to be done to a graph, all of it at once.
struct Plan {
  std::vector<NewParameter> parameters;
  std::vector<Rewiring> rewirings;
  std::vector<Deed> deeds;
};

}  // namespace twingrad
