#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "importers/byte_source.h"
#include "ir/tensor.h"

namespace twingrad {

inline constexpr int64_t kRankLimit = 64;  // of a tensor in a file

// "Stored" is how ONNX's raw_data and safetensors keep elements: little-endian, row-major, bool one
// byte, types of 6, 4 and 2 bits packed with the first element in the lowest bits.

// Bytes that `count` elements take when stored, a last byte possibly half used. nullopt where this
// overflows, and for strings.
std::optional<uint64_t> stored_size(DataType type, int64_t count);

// The tensor of stored elements. Throws Error where the length does not fit the shape, the rank
// exceeds kRankLimit, or a bool is neither 0 nor 1. Memory is taken after the length is checked.
Tensor tensor_from_stored(DataType type, const Shape& shape, std::span<const std::byte> bytes);
// The same from a range of a file, read straight into the tensor. Large tensors of whole bytes that
// lie where their elements may are mapped instead (byte_source.h), but for bools: what was checked
// of these must stay so.
Tensor tensor_from_stored(DataType type, const Shape& shape, const ByteSource& source,
                          uint64_t offset, uint64_t length);

// Throws Error where a tensor of bools holds a byte that is neither 0 nor 1: no C++ bool may.
void check_bool_bytes(const Tensor& tensor);

}  // namespace twingrad
