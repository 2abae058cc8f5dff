#pragma once

#include <string>

#include "parity/report.h"
#include "parity/runner.h"
#include "parity/targets.h"

namespace twingrad {

// Of a case that failed, who is alone: static program, tape, reference, or the rule beside the
// slope. Where two agree the third is named; where both modes differ from the reference, the same
// question in double on the reference backend decides whether precision or meaning is at fault.
// Empty where nothing failed, or nothing can be said.
std::string blame(const CaseReport& report, const ParityCase& item, ThreadPool& pool);

}  // namespace twingrad
