#pragma once

#include <cstdint>
#include <vector>

namespace twingrad::aten {

// Arguments of windows: one number stands for all axes. Throws Error for another count.
std::vector<int64_t> spread(std::vector<int64_t> values, int64_t axes);
// PyTorch's pads, which are the same on both sides, as ONNX has them.
std::vector<int64_t> twice(const std::vector<int64_t>& pads);

}  // namespace twingrad::aten
