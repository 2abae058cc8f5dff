#pragma once

#include "parity/check.h"

namespace twingrad {

// The recorded training run of a case, in both modes: losses, gradients, parameters and state of
// every step against the reference, and the modes against each other. A run outside of the fixed
// rule (parity/training_bounds.h) is held to what rounding was measured to do up to each step
// (parity/run_noise.h), unless somebody chose a tolerance; a parameter whose update is wrong by
// itself is not excused by that. The leg of a run that fails says where it diverges first.
void add_training_legs(CaseReport& report, const ParityCase& item, const CheckOptions& options,
                       ThreadPool& pool);

}  // namespace twingrad
