#pragma once

#include <string>

#include "importers/byte_source.h"
#include "importers/npy_header.h"
#include "ir/tensor.h"

namespace twingrad {

// NumPy's .npy: one array, in this machine's byte order and row-major whatever the file has.
Tensor read_npy(const ByteSource& source);
// Throws Error, naming the file.
Tensor read_npy_file(const std::string& path);

// Elements of a .npy, as they are in the file, brought into order: `raw` has the header's type and
// shape. For those who read the bytes themselves (.npz).
Tensor npy_elements(const NpyHeader& header, Tensor raw);

}  // namespace twingrad
