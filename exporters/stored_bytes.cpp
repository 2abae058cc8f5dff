#include "exporters/stored_bytes.h"

#include <bit>
#include <cassert>

namespace twingrad {

static_assert(std::endian::native == std::endian::little, "elements are stored as they are");

std::vector<std::byte> stored_bytes(const Tensor& tensor) {
  assert(tensor.type() != DataType::kString);
  const auto elements = tensor.bytes();
  const auto bits = static_cast<size_t>(stored_bits(tensor.type()));
  if (bits >= 8) return {elements.begin(), elements.end()};
  std::vector<std::byte> packed((elements.size() * bits + 7) / 8);
  for (size_t i = 0; i < elements.size(); ++i) {
    const size_t at = i * bits;
    const unsigned value = static_cast<unsigned>(elements[i]) & ((1U << bits) - 1);
    const unsigned window = value << (at % 8);
    packed[at / 8] |= static_cast<std::byte>(window & 0xff);
    if (at % 8 + bits > 8) packed[at / 8 + 1] |= static_cast<std::byte>(window >> 8);
  }
  return packed;
}

}  // namespace twingrad
