#pragma once

#include "exporters/drawing/picture.h"
#include "parity/report.h"

namespace twingrad {

// Puts into the boxes of a model's picture how far the values and gradients of a case are off: for
// a node the worst of what it makes, and of the gradients of that and of its parameters; over all
// legs, and of training runs over all steps. Nested graphs, whose values have names of their own,
// stay as they are.
void mark_errors(Picture& picture, const CaseReport& item);

}  // namespace twingrad
