#pragma once

#include <cstddef>
#include <string>

namespace twingrad {

// Where a training run leaves its reference, and what of a step it is that leaves.
struct Divergence {
  size_t step = 0;  // from 1
  std::string tensor;
  std::string kind;  // loss, gradient, parameter, state
  // "forward": the loss is off at the reference's parameters; "gradient"; "optimizer": our update
  // makes something else of the reference's gradients; "state": what is carried from step to step
  // (running statistics, slots, the drift of parameters that are within their bound); "unknown":
  // the reference does not record what would tell.
  std::string stage;
  std::string reason;
};

}  // namespace twingrad
