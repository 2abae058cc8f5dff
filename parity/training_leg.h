#pragma once

#include "parity/check.h"

namespace twingrad {

// The recorded training run of a case, in both modes: losses, gradients and parameters of every
// step against the reference (float 1e-5 of the largest element, double 1e-9, growing with the
// steps, see the source), and the modes against each other.
void add_training_legs(CaseReport& report, const ParityCase& item, const CheckOptions& options,
                       ThreadPool& pool);

}  // namespace twingrad
