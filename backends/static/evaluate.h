#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "backends/backend.h"

namespace twingrad {

// What is needed to run a node at once, outside of a plan.
struct EvaluationSetting {
  const Backend& backend;
  ThreadPool& pool;
  size_t memory_limit;
};

// The output types of a node for these inputs; nullptr: absent. Throws Error where they do not fit
// or the values do not determine the shapes.
std::vector<Type> types_from_values(const Node& node, std::span<const Tensor* const> inputs);

// Runs an operator without nested graphs on actual values: infers the outputs' shapes, allocates
// them, runs the kernel of the backend. Views share the storage of input 0. Undefined tensors for
// omitted outputs. Throws Error, kUnsupported where the backend has no kernel.
std::vector<Tensor> evaluate(const Node& node, std::span<const Tensor* const> inputs,
                             const EvaluationSetting& setting, uint64_t seed);

}  // namespace twingrad
