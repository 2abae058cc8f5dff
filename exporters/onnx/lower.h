#pragma once

#include <cstdint>
#include <optional>

#include "ir/model.h"

namespace twingrad {

// The model with every operator of domain "twingrad" written in terms of ONNX's, in nested graphs
// and functions too; so is every operator that the opset, where one is given, does not have in the
// way that it is used, as far as it can be written in terms of others. Outputs keep their names.
// Throws Error (unsupported) that lists the operators of domain "twingrad" which cannot be written
// so.
Model lowered(const Model& model, std::optional<int64_t> opset = std::nullopt);

}  // namespace twingrad
