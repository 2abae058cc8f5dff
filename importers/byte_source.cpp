#include "importers/byte_source.h"

#include <algorithm>

#include "ir/error.h"

namespace twingrad {
namespace {

void check_inside(uint64_t size, uint64_t offset, uint64_t length) {
  check(length <= size && offset <= size - length, "bytes ", offset, " to ", offset, " + ", length,
        " are beyond the end, there are ", size);
}

}  // namespace

void ByteSource::read(uint64_t offset, std::span<std::byte> into) const {
  check_inside(size(), offset, into.size());
  if (!into.empty()) read_inside(offset, into);
}

std::vector<std::byte> ByteSource::read(uint64_t offset, uint64_t length) const {
  check_inside(size(), offset, length);
  std::vector<std::byte> bytes(length);
  if (length > 0) read_inside(offset, bytes);
  return bytes;
}

std::shared_ptr<void> ByteSource::mapped(uint64_t offset, uint64_t length) const {
  check_inside(size(), offset, length);
  return mapped_inside(offset, length);
}

void MemoryBytes::read_inside(uint64_t offset, std::span<std::byte> into) const {
  std::ranges::copy(bytes_.subspan(offset, into.size()), into.begin());
}

}  // namespace twingrad
