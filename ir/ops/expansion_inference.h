#pragma once

#include "ir/infer.h"

namespace twingrad {

// For composites: the outputs are what the expansion of the operator gives for inputs of these
// types. Where the rank of an input is not known, nothing follows.
void infer_by_expansion(InferContext& context);

}  // namespace twingrad
