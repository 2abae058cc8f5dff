#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "ir/data_type.h"
#include "ir/shape.h"

namespace twingrad {

// The bytes that come before the elements of NumPy's .npy format (versions 1.0, 2.0 and 3.0):
// magic, version, and a Python dictionary literal with descr, fortran_order and shape.
struct NpyHeader {
  DataType type = DataType::kUndefined;
  bool big_endian = false;
  bool fortran_order = false;  // column-major
  Shape shape;
  uint64_t data_offset = 0;
};

// As many bytes as a header may take, with its magic: NumPy itself reads no longer ones.
inline constexpr uint64_t kNpyHeaderLimit = 10'012;

// `start` holds the first min(file_size, kNpyHeaderLimit) bytes of a file of `file_size` bytes.
// Throws Error, with the offset, unless it is a header that is followed by exactly as many bytes as
// its shape needs. Pickled objects, structures, text and dates are refused by name.
NpyHeader parse_npy_header(std::span<const std::byte> start, uint64_t file_size);

}  // namespace twingrad
