#pragma once

#include <string_view>

namespace twingrad {

// The domain of ONNX's optimizers and of Gradient.
inline constexpr std::string_view kTrainingDomain = "ai.onnx.preview.training";

}  // namespace twingrad
