#pragma once

#include "parity/report.h"
#include "parity/runner.h"

namespace twingrad {

// The answer of fast kernels against that of the plain ones of the reference backend, node by node.
// Both modes share their kernels, and differences are taken on the reference backend: where nothing
// was recorded nothing else would see a wrong kernel. Values and gradients of float and double are
// held to the rules of a reference; what is rounded to other types may fall to either side.
LegReport kernels_leg(const Runner& runner, const Answer& answer, const Question& question,
                      ThreadPool& pool);

}  // namespace twingrad
