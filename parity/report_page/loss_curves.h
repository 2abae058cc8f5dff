#pragma once

#include <string>

#include "parity/report.h"

namespace twingrad {

// The losses of a case's training run as inline SVG for the page: the reference's and those of both
// modes over the steps, and below them how far they are apart. Empty for cases without a run.
std::string loss_curves(const CaseReport& item);

}  // namespace twingrad
