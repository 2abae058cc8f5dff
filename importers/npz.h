#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "ir/named_tensor.h"

namespace twingrad {

// NumPy's .npz: a zip file whose members are NAME.npy, in the order of its directory. Throws Error,
// naming the member, for whatever zip_layout.h or npy_header.h refuse, for a wrong checksum, and
// for names that would be paths out of a folder. Takes the tensors' memory on top of the file's.
std::vector<NamedTensor> read_npz(std::span<const std::byte> file);
// Throws Error, naming the file.
std::vector<NamedTensor> read_npz_file(const std::string& path);

}  // namespace twingrad
