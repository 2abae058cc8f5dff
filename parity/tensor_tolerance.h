#pragma once

#include <map>
#include <string>
#include <utility>

#include "parity/verdict.h"

namespace twingrad {

// What takes the place of the default tolerance of one tensor: a measurement, or what one wrote to
// a file.
struct TensorTolerance {
  double rtol = 0;   // of the tensor's largest element
  double atol = 0;   // beside it
  double noise = 0;  // that was measured, absolute
  std::string how;   // it was measured, or why it is what it is
};

// By kind and name; of a training run there is one for all steps.
using TensorTolerances = std::map<std::pair<std::string, std::string>, TensorTolerance>;

// nullptr: none of this kind and name.
const TensorTolerance* own_tolerance(const TensorTolerances& all, const std::string& kind,
                                     const std::string& name);

// `compare` by the tensor's own tolerance. Where it passes and by `usual` would not, the verdict
// says why it is wider.
TensorVerdict compare_by(const TensorTolerance& own, const Tolerance& usual,
                         const std::string& place, const std::string& kind, const Tensor& left,
                         const Tensor& right);

}  // namespace twingrad
