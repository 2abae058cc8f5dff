#pragma once

#include <cstdint>

#include "parity/targets.h"

namespace twingrad {

// The case at another point: every element of the values whose gradients are asked for times a
// factor between 0.7 and 1, drawn from the seed, so that signs, domains and zeros stay. What was
// recorded does not hold there and is left out: modes and differences remain. Its name has the seed
// behind it.
ParityCase at_other_point(const ParityCase& item, uint64_t seed);

}  // namespace twingrad
