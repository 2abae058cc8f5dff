#pragma once

#include <string_view>

namespace twingrad {

// ONNX Runtime's own operators.
inline constexpr std::string_view kMicrosoftDomain = "com.microsoft";
// ONNX's classical machine learning.
inline constexpr std::string_view kMlDomain = "ai.onnx.ml";

}  // namespace twingrad
