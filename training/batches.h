#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace twingrad {

enum class LastBatch : uint8_t {
  kKeep,  // the rest of an epoch is a smaller batch
  kDrop,  // it is left out, so that every batch has one size
};

struct BatchOptions {
  int64_t size = 32;
  bool shuffle = true;
  LastBatch last = LastBatch::kKeep;
  uint64_t seed = 0;
};

// The indices cut into batches. The order is a pure function of the indices, the seed and the
// number of the epoch; it does not depend on epochs before. Throws Error where the size is not
// positive or no batch is left.
std::vector<std::vector<int64_t>> batches(std::span<const int64_t> indices, int64_t epoch,
                                          const BatchOptions& options);

}  // namespace twingrad
