#pragma once

#include <string>
#include <vector>

#include "parity/report.h"
#include "parity/runner.h"

namespace twingrad {

// What is wrong with one node by itself; its place in the graph tells which was first.
struct NodeCheck {
  std::string node;  // its label
  std::string op;
  std::vector<TensorVerdict> values;       // of its outputs
  std::vector<TensorVerdict> derivatives;  // by the values that it takes
  std::string not_compared;                // why, if so
};

// Every node of the question's graph alone, so that no error is carried on: it takes what the
// graph has there when it is evaluated in double on the reference backend (or `known`, recorded
// values by name), rounded to its type, and drawn cotangents. Its values by `runner` are held to
// those of the reference backend in double; its derivatives by `runner` to those by the same rules
// in double, and those to central differences. Nodes that draw random numbers are not compared.
// In the order of the graph; nodes of nested graphs are part of the node that holds them.
std::vector<NodeCheck> check_nodes(const Question& question, const Runner& runner,
                                   const NamedData& known, ThreadPool& pool);

// The same as a leg "isolated" of a report: tensors are called "VALUE of NODE"; a node that was not
// compared is an incomplete one of its name.
LegReport isolated_leg(const std::vector<NodeCheck>& checks, const Runner& runner);

}  // namespace twingrad
