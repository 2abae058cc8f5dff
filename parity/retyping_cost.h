#pragma once

#include <string>

#include "backends/thread_pool.h"
#include "ir/graph.h"
#include "parity/model_inputs.h"

namespace twingrad {

// What another element type costs a model, at one drawn point and under drawn cotangents.
struct RetypingCost {
  // The largest difference, of the largest element of its tensor; no name: nothing was compared.
  struct Largest {
    double difference = 0;
    std::string name = {};
  };
  Largest output;
  Largest gradient;
  std::string not_finite;  // what has NaN or infinity where the original has none; empty: nothing
};

// `retyped` is `original` with every float of `type`. Gradients of inputs and parameters are
// measured against what the type can tell from zero beside the largest of them, at least; they are
// left out where a model cannot be differentiated. Throws Error where it cannot be run.
RetypingCost retyping_cost(const Graph& original, const Graph& retyped, DataType type,
                           const InputChoices& inputs, ThreadPool& pool);

// "outputs differ by at most 1.2e-03 of their largest element ('y'), gradients by 4e-02 ('w')"
std::string text_of(const RetypingCost& cost);

}  // namespace twingrad
