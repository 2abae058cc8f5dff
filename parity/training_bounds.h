#pragma once

#include <map>
#include <string>
#include <vector>

#include "parity/bundle.h"
#include "parity/named_data.h"
#include "parity/verdict.h"

namespace twingrad {

// What the losses and parameters of recorded runs are held to: 1e-5 of the element and of the
// largest element in float, 1e-9 in double.
Tolerance run_tolerance(DataType type);

// For the gradients of a step: what is truly zero is rounding noise of what cancels in it (a bias
// before a normalization), so that a share of the largest recorded gradient is allowed, too.
Tolerance gradient_tolerance(const GradientMap& recorded, Tolerance tolerance);

// "W1 (step 3)".
std::string at_step(const std::string& name, size_t step);

// Those that exist.
NamedTensors present(const GradientMap& gradients);

// Elements of parameters that only rounding noise moves, for their recorded gradients are in no
// step anything beside the largest; an optimizer that divides by the gradient's size moves them by
// a few learning rates in every step, in whichever direction (RMSprop's first step is 10 of them at
// its usual decay).
struct NoisyElement {
  int64_t index;
  double allowed;  // how far in a step
};
using NoisyElements = std::map<std::string, std::vector<NoisyElement>>;
NoisyElements noisy_elements(const TrainingRun& run, const Tolerance& tolerance);

// `ours` with the elements that noise moved no further than allowed as they should be.
Tensor without_noise(const Tensor& ours, const Tensor& want,
                     const std::vector<NoisyElement>& elements, size_t step);

}  // namespace twingrad
