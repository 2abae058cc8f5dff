#pragma once

#include "ir/replay.h"

namespace twingrad {

// What the passes of training over a model share: `target`, whose graph is empty, gets the texts,
// data and inputs of the source under their names. The caller then emits the nodes and sets the
// outputs. Returns where each value is on the target.
ValueMap copy_frame(const Graph& source, Builder& target);

}  // namespace twingrad
