#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "importers/byte_source.h"
#include "ir/named_tensor.h"

namespace twingrad {

inline constexpr uint64_t kSafetensorsHeaderLimit = 100'000'000;  // bytes

// The safetensors format: u64 header length, JSON header, data. The tensors come in the order of
// the header. Throws Error, naming the tensor, unless the tensors fill the data without gap,
// overlap or rest; the bytes of one are never read as two. `__metadata__` is checked and dropped.
std::vector<NamedTensor> read_safetensors(const ByteSource& source);
// Throws Error, naming the file.
std::vector<NamedTensor> read_safetensors_file(const std::string& path);

}  // namespace twingrad
