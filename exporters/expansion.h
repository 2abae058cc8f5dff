#pragma once

#include <functional>

#include "ir/model.h"

namespace twingrad {

// The model with those operators replaced by their expansions for which `replaced` is true (until
// none is left that has one), in nested graphs too, and with the bodies of functions in the place
// of their calls. Outputs keep their names.
Model expanded(const Model& model, const std::function<bool(const OpDef&)>& replaced);

}  // namespace twingrad
