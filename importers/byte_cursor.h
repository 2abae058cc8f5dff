#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "ir/error.h"

namespace twingrad {

// Reads little-endian numbers one after the other from borrowed memory. Throws Error, with the
// offset, at the end of it.
class ByteCursor {
 public:
  explicit ByteCursor(std::span<const std::byte> bytes, uint64_t offset = 0)
      : bytes_(bytes), at_(offset) {
    check(offset <= bytes.size(), "byte ", offset, " is beyond the end, there are ", bytes.size());
  }

  uint64_t offset() const { return at_; }
  uint64_t remaining() const { return bytes_.size() - at_; }
  bool at_end() const { return remaining() == 0; }

  std::span<const std::byte> bytes(uint64_t length) {
    check(length <= remaining(), "ends at byte ", bytes_.size(), ", expected ", length,
          " bytes at byte ", at_);
    at_ += length;
    return bytes_.subspan(at_ - length, length);
  }
  std::string_view text(uint64_t length) {
    const auto content = bytes(length);
    return {reinterpret_cast<const char*>(content.data()), content.size()};
  }
  // A cursor over the next bytes, which it steps over; offsets are those of the whole.
  ByteCursor part(uint64_t length) {
    (void)bytes(length);
    return ByteCursor(bytes_.first(at_), at_ - length);
  }
  uint16_t u16() { return static_cast<uint16_t>(number(2)); }
  uint32_t u32() { return static_cast<uint32_t>(number(4)); }
  uint64_t u64() { return number(8); }

 private:
  uint64_t number(int size) {
    uint64_t value = 0;
    int shift = 0;
    for (const std::byte byte : bytes(static_cast<uint64_t>(size))) {
      value |= static_cast<uint64_t>(byte) << shift;
      shift += 8;
    }
    return value;
  }

  std::span<const std::byte> bytes_;
  uint64_t at_;
};

}  // namespace twingrad
