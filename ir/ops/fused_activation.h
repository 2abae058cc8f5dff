#pragma once

#include <span>
#include <string>

#include "ir/expression.h"

namespace twingrad {

// The operator that ONNX Runtime fused into the one before, by its name; x itself for "". The
// parameters are its attributes alpha, beta, gamma, or the bounds of Clip.
Expr activated(Expr x, const std::string& name, std::span<const float> parameters);

}  // namespace twingrad
