#pragma once

#include <map>
#include <string>
#include <string_view>

#include "ir/tensor.h"

namespace twingrad {

// The tensors of what a user names as inputs, by name: a file `.npz` or `.safetensors`, or one
// array as `NAME=FILE.npy` (NAME ends at the first '='). Throws Error, naming the file, for files
// that cannot be read and for other endings.
std::map<std::string, Tensor> named_tensors(std::string_view source);

}  // namespace twingrad
