#pragma once

#include "parity/report.h"
#include "parity/runner.h"
#include "parity/targets.h"

namespace twingrad {

// Says of every tensor of a reference leg that failed what kind of mismatch it is:
//   kink, tie      the reference's elements lie between the derivatives to both sides of a point
//                  where an operator has no single one (parity/kinks.h): frameworks choose
//   cancellation   within four times our own rounding error, which is more than 1e-5 of the
//                  tensor's largest element: it is a small rest of larger terms
//   noise          within four times our own rounding error
//   real           none of these
// The rounding error is that of `runner` beside the same question in double. Adds the counts of
// kinks and ties to the report. For values and gradients of first order; training runs have a
// judgement of their own (parity/training_leg.h).
void classify(CaseReport& report, const ParityCase& item, const Runner& runner, ThreadPool& pool);

}  // namespace twingrad
