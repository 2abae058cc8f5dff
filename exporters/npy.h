#pragma once

#include <string>

#include "ir/tensor.h"

namespace twingrad {

// What comes before the elements in NumPy's .npy format, version 1.0, row-major. Throws Error
// (unsupported) for the types that NumPy does not have: bfloat16, 8-, 4- and 2-bit types, strings.
std::string npy_header(const Tensor& tensor);

// Writes a .npy file atomically.
void write_npy(const std::string& path, const Tensor& tensor);

}  // namespace twingrad
