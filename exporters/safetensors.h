#pragma once

#include <map>
#include <span>
#include <string>

#include "ir/named_tensor.h"

namespace twingrad {

// Writes a safetensors file atomically. As the format asks for, the data lies with the widest
// elements first and then by name, and the header has the same order; it is padded to 8 bytes.
// Throws Error for names that occur twice, are not UTF-8, or are "__metadata__", and (unsupported)
// for types that the format does not have: strings, complex128, uint4, int4, uint2, int2.
void write_safetensors(const std::string& path, std::span<const NamedTensor> tensors,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace twingrad
