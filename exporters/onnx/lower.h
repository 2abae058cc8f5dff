#pragma once

#include "ir/model.h"

namespace twingrad {

// The model with every operator of domain "twingrad" written in terms of ONNX's, in nested graphs
// and functions too. Outputs keep their names. Throws Error (unsupported) that lists the operators
// which cannot be written so.
Model lowered(const Model& model);

}  // namespace twingrad
