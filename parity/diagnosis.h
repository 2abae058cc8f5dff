#pragma once

#include <functional>

#include "parity/report.h"
#include "parity/targets.h"

namespace twingrad {

// Holds a variant of a case to its reference, with the tape alone.
using ReferenceCheck = std::function<CaseReport(const ParityCase&)>;

// What the tape answered and what it was held to, both as they were compared.
struct Compared {
  Answer answer;
  Expectation expected;
};

// Why a case does not agree with its reference: tries the table of hypotheses (parity/hypotheses)
// and adds to the report, likeliest first, those under which tensors that failed pass: those that
// explain more tensors, then the more specific cause, then what leaves the smaller difference. A
// variant explains nothing if another tensor fails in it, if it cannot run, if it shrinks the
// differences by little, or if what it explains is a single number or zeros. Does nothing where the
// tape agrees with the reference. The search ends after `budget` seconds, and the report then says
// what was not tried.
void diagnose(CaseReport& report, const ParityCase& item, const Compared& compared,
              const ReferenceCheck& check, double budget);

// Three times what the case itself took; two seconds at least and a minute at most.
double diagnosis_budget(double seconds);

}  // namespace twingrad
