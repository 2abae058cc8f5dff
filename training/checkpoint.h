#pragma once

#include <optional>
#include <string>

#include "training/fit.h"

namespace twingrad {

// Saves a run in a folder, which is made where it is missing: checkpoint.json with the epochs so
// far and what identifies the run, and beside it the tensors as epoch-N.safetensors. The JSON is
// replaced last, and atomically: whatever happens meanwhile, the folder holds a whole checkpoint,
// the new one or the one before.
void write_checkpoint(const std::string& folder, const Fit& fit);

// Goes on where the folder's checkpoint stopped; false where it has none. Throws Error, naming the
// file, for one that is damaged, and for one of another run, saying what differs.
bool resume_from(const std::string& folder, Fit& fit);

}  // namespace twingrad
