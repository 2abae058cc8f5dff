#pragma once

#include <cstddef>
#include <vector>

#include "ir/tensor.h"

namespace twingrad {

// The elements as ONNX's raw_data and safetensors keep them: little-endian, row-major, types of 4
// and 2 bits packed with the first element in the lowest bits and zeros in what is left of the last
// byte. For types of whole bytes these are tensor.bytes(), copied. Not for strings.
std::vector<std::byte> stored_bytes(const Tensor& tensor);

}  // namespace twingrad
