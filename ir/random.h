#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace twingrad {

// Random numbers by counter: element `index` of stream (seed, stream) is a pure function of these
// three, so draws do not depend on threads or on order, and drawing again gives the same. The bits
// are those of Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011)
// with the key `seed` and the counter (index / 2, stream).
class RandomStream {
 public:
  RandomStream(uint64_t seed, uint64_t stream) : seed_(seed), stream_(stream) {}

  uint64_t bits(uint64_t index) const;
  // In [0, 1), a multiple of 2^-53.
  double uniform(uint64_t index) const;
  // Mean 0, variance 1: Box and Muller's transform of elements 2 * index and 2 * index + 1.
  double normal(uint64_t index) const;
  // In [0, bound), bound > 0: the upper half of the product of 64 bits and the bound.
  uint64_t below(uint64_t bound, uint64_t index) const;

 private:
  uint64_t seed_;
  uint64_t stream_;
};

std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

// A permutation of 0, 1, ..., size - 1 in place (Fisher and Yates).
void shuffle(std::span<int64_t> items, const RandomStream& stream);

}  // namespace twingrad
