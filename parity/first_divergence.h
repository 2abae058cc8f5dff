#pragma once

#include "parity/divergence.h"
#include "parity/report.h"
#include "parity/training_run.h"

namespace twingrad {

// Of a reference leg of a training run in which something failed: the first step, in it the worst
// tensor of what failed first (loss, gradients, parameters, state, in this order), and the stage.
// That is found by giving the step what the reference had before it (parity/teacher_forcing.h).
Divergence first_divergence(const LegReport& leg, const ParityCase& item, const RunMode& mode);

}  // namespace twingrad
