#include "importers/stored_tensor.h"

#include <algorithm>
#include <bit>

#include "ir/error.h"

namespace twingrad {
namespace {

static_assert(std::endian::native == std::endian::little, "stored elements are read as they are");

// Elements of `bits` bits, the first in the lowest; those of signed types keep their sign.
void unpack(std::span<const std::byte> packed, int bits, bool is_signed, std::span<uint8_t> into) {
  for (size_t i = 0; i < into.size(); ++i) {
    const size_t at = i * static_cast<size_t>(bits);
    const auto shift = static_cast<int>(at % 8);
    auto window = static_cast<unsigned>(packed[at / 8]);
    if (shift + bits > 8) window |= static_cast<unsigned>(packed[at / 8 + 1]) << 8;
    const unsigned value = window >> shift & ((1U << bits) - 1);
    const unsigned sign = is_signed ? 1U << (bits - 1) : 0;
    into[i] = static_cast<uint8_t>((value ^ sign) - sign);
  }
}

// The memory of a source as a tensor's; null where the tensor needs memory of its own.
std::shared_ptr<void> borrowed(DataType type, const ByteSource& source, uint64_t offset,
                               uint64_t length) {
  const size_t size = element_size(type);
  if (stored_bits(type) < 8 || type == DataType::kBool) return nullptr;
  std::shared_ptr<void> memory = source.mapped(offset, length);
  if (reinterpret_cast<uintptr_t>(memory.get()) % size != 0) return nullptr;
  return memory;
}

}  // namespace

std::optional<uint64_t> stored_size(DataType type, int64_t count) {
  const auto bits = checked_product(count, stored_bits(type));
  if (!bits || type == DataType::kString) return std::nullopt;
  return static_cast<uint64_t>(*bits) / 8 + (*bits % 8 != 0 ? 1 : 0);
}

Tensor tensor_from_stored(DataType type, const Shape& shape, std::span<const std::byte> bytes) {
  return tensor_from_stored(type, shape, MemoryBytes(bytes), 0, bytes.size());
}

Tensor tensor_from_stored(DataType type, const Shape& shape, const ByteSource& source,
                          uint64_t offset, uint64_t length) {
  check(shape.rank() <= kRankLimit, "rank ", shape.rank(), " exceeds the limit of ", kRankLimit);
  const auto expected = stored_size(type, shape.element_count());
  check(expected.has_value(), "no size in bytes for ", data_type_name(type), shape);
  check(*expected == length, data_type_name(type), shape, " takes ", *expected,
        " bytes, there are ", length);
  check(length <= source.size() && offset <= source.size() - length, "bytes ", offset, " to ",
        offset, " + ", length, " are beyond the end, there are ", source.size());
  if (auto memory = borrowed(type, source, offset, length)) {
    return {type, shape, std::move(memory)};
  }
  Tensor tensor(type, shape);
  const int bits = stored_bits(type);
  if (bits < 8) {
    const auto packed = source.read(offset, length);
    unpack(packed, bits, is_signed_integer(type), tensor.values<uint8_t>());
  } else {
    source.read(offset, {static_cast<std::byte*>(tensor.raw()), tensor.byte_size()});
  }
  check_bool_bytes(tensor);
  return tensor;
}

void check_bool_bytes(const Tensor& tensor) {
  if (tensor.type() != DataType::kBool) return;
  const auto bytes = tensor.bytes();
  const auto wrong = std::ranges::find_if(bytes, [](std::byte b) { return b > std::byte{1}; });
  check(wrong == bytes.end(), "element ", wrong - bytes.begin(), " of a bool tensor is ",
        wrong == bytes.end() ? 0 : static_cast<int>(*wrong), ", expected 0 or 1");
}

}  // namespace twingrad
