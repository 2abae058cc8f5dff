#pragma once

#include "importers/tfjs/formulas/window.h"
#include "importers/tfjs/ops/op_row.h"

namespace twingrad {

// The attributes strides, dilations, padding, explicit_paddings, data_format and, for pooling,
// ksize of a node with `rank` spatial axes.
Window read_window(const OpCall& call, int64_t rank);

}  // namespace twingrad
