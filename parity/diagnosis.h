#pragma once

#include <functional>

#include "parity/report.h"
#include "parity/targets.h"

namespace twingrad {

// Holds a variant of a case to its reference.
using ReferenceCheck = std::function<CaseReport(const ParityCase&)>;

// Why a case does not agree with its reference: tries the table of hypotheses (parity/hypotheses)
// and adds to the report, likeliest first, those under which tensors that failed pass. Of what
// explains equally many the first of the table comes first. Does nothing where the reference leg
// holds. Variants that cannot run explain nothing.
void diagnose(CaseReport& report, const ParityCase& item, const ReferenceCheck& check);

}  // namespace twingrad
