#pragma once

#include <vector>

#include "parity/targets.h"

namespace twingrad {

// A Dropout whose mask was recorded: x * mask, divided by 1 - p.
struct MaskedDropout {
  NodeId product = kNoNode;   // x * mask
  NodeId division = kNoNode;  // by 1 - p
  double ratio = 0;           // p
};
std::vector<MaskedDropout> masked_dropouts(const ParityCase& item);

// The ratios of a case's Dropouts, each once, between 0 and 1.
std::vector<double> dropout_ratios(const ParityCase& item);

}  // namespace twingrad
