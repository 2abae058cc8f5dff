#pragma once

#include "parity/model_inputs.h"
#include "parity/repairs/repair.h"
#include "parity/report.h"

namespace twingrad {

// Whether a repair left the function as it was: the outputs, and the gradients of inputs and
// parameters, where the repair says so the sums of them, are equal at a drawn point within 1e-6 of
// the largest element. Both are taken in inference mode (training draws masks) and in double, so
// that the order of sums does not count.
CaseReport compare_repair(const Graph& before, const Repaired& after, const InputChoices& inputs,
                          ThreadPool& pool);

}  // namespace twingrad
