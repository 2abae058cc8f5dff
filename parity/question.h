#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "autodiff/sweep.h"
#include "ir/graph.h"
#include "parity/named_data.h"

namespace twingrad {

// nullopt: nothing connects the value to an output, which is not a gradient of zeros.
using NamedGradients = std::map<std::string, std::optional<Datum>>;

// What a runner is asked: values and derivatives of one graph at one point.
struct Question {
  const Graph* graph = nullptr;
  NamedData inputs;                  // graph inputs; initializers are overridden where named here
  std::vector<std::string> outputs;  // any values of the graph
  // Graph outputs and the seeds of the sweep; none: no derivatives are asked for. <cotangent,
  // output> summed over them is the scalar that is differentiated.
  NamedData cotangents;
  std::vector<std::string> gradients;  // inputs, initializers or intermediates
  // The second order is the gradient of the sum of <direction, gradient>, the third that of
  // <direction, second order>; both by the values that the directions name.
  NamedData directions;
  int order = 1;
  Convention convention = Convention::kSpec;
  bool straight_through = false;  // see SweepOptions
  Amendment amend = nullptr;      // of the gradients of every order; see there
  uint64_t seed = 0;
};

// The same question about `graph`, the question's own with double for every floating-point type
// (ir/precision.h), with its data in double likewise. `graph` must outlive what is returned.
Question in_double(const Question& question, const Graph& graph);

struct Answer {
  NamedData outputs;
  NamedGradients gradients;
  NamedData second_order;
  NamedData third_order;
};

}  // namespace twingrad
