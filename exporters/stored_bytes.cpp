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
  const size_t per_byte = 8 / bits;
  const auto mask = static_cast<std::byte>((1U << bits) - 1);
  std::vector<std::byte> packed((elements.size() + per_byte - 1) / per_byte);
  for (size_t i = 0; i < elements.size(); ++i) {
    packed[i / per_byte] |= (elements[i] & mask) << (i % per_byte * bits);
  }
  return packed;
}

}  // namespace twingrad
