#include "ir/random.h"

#include <cmath>
#include <numbers>
#include <utility>

namespace twingrad {

std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = uint64_t{0xD2511F53} * counter[0];
    const uint64_t b = uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<uint32_t>(b),
               static_cast<uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<uint32_t>(a)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

uint64_t RandomStream::bits(uint64_t index) const {
  const uint64_t block = index / 2;
  const auto words =
      philox4x32({static_cast<uint32_t>(block), static_cast<uint32_t>(block >> 32),
                  static_cast<uint32_t>(stream_), static_cast<uint32_t>(stream_ >> 32)},
                 {static_cast<uint32_t>(seed_), static_cast<uint32_t>(seed_ >> 32)});
  const size_t half = index % 2 * 2;
  return uint64_t{words[half]} << 32 | words[half + 1];
}

double RandomStream::uniform(uint64_t index) const {
  return static_cast<double>(bits(index) >> 11) * 0x1p-53;
}

double RandomStream::normal(uint64_t index) const {
  const double radius = std::sqrt(-2 * std::log(1 - uniform(2 * index)));
  return radius * std::cos(2 * std::numbers::pi * uniform(2 * index + 1));
}

uint64_t RandomStream::below(uint64_t bound, uint64_t index) const {
  const uint64_t word = bits(index);
  // The upper half of word * bound, from 32-bit halves of the word.
  const uint64_t low = (word & 0xffffffff) * (bound & 0xffffffff);
  const uint64_t middle = (word >> 32) * (bound & 0xffffffff) + (low >> 32);
  const uint64_t cross = (word & 0xffffffff) * (bound >> 32) + (middle & 0xffffffff);
  return (word >> 32) * (bound >> 32) + (middle >> 32) + (cross >> 32);
}

void shuffle(std::span<int64_t> items, const RandomStream& stream) {
  for (uint64_t i = items.size(); i > 1; --i) {
    std::swap(items[i - 1], items[stream.below(i, i)]);
  }
}

}  // namespace twingrad
