#pragma once

#include <span>
#include <string>

#include "ir/named_tensor.h"

namespace twingrad {

// Writes NumPy's .npz atomically: a zip file with one NAME.npy for each tensor, not compressed, the
// same bytes at any time and place. Throws Error for names that occur twice or that readers may
// take for a path out of a folder ("/x", "../x"; safetensors has no such limits), and (unsupported)
// for the types that npy_header refuses. Takes as much memory again as the tensors.
void write_npz(const std::string& path, std::span<const NamedTensor> tensors);

}  // namespace twingrad
