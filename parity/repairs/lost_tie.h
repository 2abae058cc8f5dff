#pragma once

#include "parity/repairs/plan.h"

namespace twingrad {

// Constant folding stores the transpose of a weight as another parameter, under a name of the
// exporter's: an embedding and the last layer that shared it do so no more. Where the elements are
// those of a parameter with a name, its transpose is read again. Random numbers do not agree by
// chance; matrices of one number are left alone, and so are copies of a layer.
Plan lost_tie_plan(const Graph& graph);

}  // namespace twingrad
