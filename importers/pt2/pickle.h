#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "importers/pt2/strided_tensor.h"

namespace twingrad {

// A tensor as torch.save pickles it: its elements lie in the member data/STORAGE of the zip file.
struct PickledTensor {
  std::string storage;
  StridedLayout layout;
};

// The tensors of a pickled dict of name -> tensor. Nothing is run: of the language of pickles only
// the instructions that torch.save writes for such a dict are known, and of all functions and
// classes only dict, OrderedDict, the rebuilding of tensors and parameters, and the storage types.
// Throws Error for all else, naming the global or the byte.
std::vector<std::pair<std::string, PickledTensor>> read_pickled_tensors(
    std::span<const std::byte> pickle);

}  // namespace twingrad
