#pragma once

#include <string>

#include "ir/tensor.h"

namespace twingrad {

// An entry of a file that holds several tensors (.npz, .safetensors).
struct NamedTensor {
  std::string name;
  Tensor tensor;
};

}  // namespace twingrad
