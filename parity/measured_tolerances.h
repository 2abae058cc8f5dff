#pragma once

#include "parity/targets.h"
#include "parity/tensor_tolerance.h"

namespace twingrad {

// What rounding does to each tensor of a case, as the tolerance that it is held to: a small share
// of the largest element and kNoiseMultiple times the noise, which is the largest difference of any
// element between our run, the same in double (where it is not in double) and runs in Monte-Carlo
// arithmetic. Where noise is no small share of the tensor, because its true value is zero, it is an
// absolute tolerance, as long as it is small beside the largest tensor of that kind. Else the case
// stands on or near a kink or a tie, and the tensor keeps its default: it is absent from the
// result. A tolerance that the reference names for itself is the least.
TensorTolerances measured_tolerances(const ParityCase& item, const Backend& backend,
                                     ThreadPool& pool);

}  // namespace twingrad
