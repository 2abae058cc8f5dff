#pragma once

#include <cstddef>

namespace twingrad {

// Mixes one more number into a hash; the order counts.
inline void combine(size_t& hash, size_t more) {
  hash ^= more + size_t{0x9e3779b97f4a7c15} + (hash << 6) + (hash >> 2);
}

}  // namespace twingrad
