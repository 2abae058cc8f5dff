#pragma once

#include <string_view>

namespace twingrad {

// The domain of ONNX Runtime's own operators.
inline constexpr std::string_view kMicrosoftDomain = "com.microsoft";

}  // namespace twingrad
