#pragma once

#include "cli/model_options.h"

namespace twingrad {

// Folds the model (surgery/fold.h), for inference if the options say so, and prints what that did.
// With `verify` the model is folded in double too, where rounding decides nothing, and compared
// there with what it was: outputs, and gradients of inputs and of the parameters that are as they
// were. False, and a report on the standard error, where that does not hold.
bool fold_and_compare(Model& model, const ModelOptions& options, bool verify);

}  // namespace twingrad
