#pragma once

#include <optional>

#include "parity/reduce/recording.h"

namespace twingrad {

// The first node of a settled case that is wrong by itself (parity/isolated_leg.h), as a case of
// that node alone. Finds a wrong derivative also where no line through the whole model is smooth
// enough to difference. nullopt: no node is, or none stands alone.
std::optional<ParityCase> lone_culprit(const ParityCase& whole, const Recording& at,
                                       const Backend& backend, ThreadPool& pool);

}  // namespace twingrad
