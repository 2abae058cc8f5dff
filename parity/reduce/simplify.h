#pragma once

#include <functional>
#include <string>

#include "parity/targets.h"

namespace twingrad {

// Whether a candidate fails as the case does; the text says what was done to it.
using StillFails = std::function<bool(const std::string& text, const ParityCase& candidate)>;

// Each takes a case that fails, and returns one that fails and has less: what is asked for, the
// extents of its tensors, the numbers in them. The latter two are for cases without records, whose
// numbers are free.

ParityCase with_fewer_questions(ParityCase item, const StillFails& fails);
ParityCase with_smaller_extents(ParityCase item, const StillFails& fails);
ParityCase with_simpler_numbers(ParityCase item, const StillFails& fails);
// Without the training run, or with its first steps only, as many as it takes.
ParityCase with_fewer_steps(ParityCase item, const StillFails& fails);

}  // namespace twingrad
