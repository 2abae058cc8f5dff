#pragma once

#include <cstdint>
#include <string_view>

namespace twingrad {

// What the derivative is where there is none or more than one: at kinks, ties and singular points.
// kTorch, kTensorflow, kJax and kOnnxruntime follow those frameworks; kSpec is the derivative of
// the branch that ONNX's formula selects, an even split of ties, and 0 at the bounds of Max and
// Min.
enum class Convention : uint8_t { kTorch, kTensorflow, kJax, kOnnxruntime, kSpec };

std::string_view convention_name(Convention convention);
// Throws Error that lists the names.
Convention convention_by_name(std::string_view name);

}  // namespace twingrad
