#include "backends/images/picture.h"

#include "ir/error.h"

namespace twingrad {
namespace {

constexpr int64_t kMaxSamples = int64_t{1} << 28;

}  // namespace

void check_extents(int64_t width, int64_t height, int64_t channels) {
  check(width > 0 && height > 0 && channels > 0, "its extents are ", width, " x ", height, " x ",
        channels);
  check(width <= kMaxSamples / channels && height <= kMaxSamples / channels / width, width, " x ",
        height, " pixels of ", channels, " channels are more than ", kMaxSamples, " samples");
}

Picture blank_picture(int64_t width, int64_t height, int64_t channels) {
  check_extents(width, height, channels);
  return {width, height, channels,
          std::vector<uint8_t>(static_cast<size_t>(width * height * channels))};
}

Encoded slice(Encoded encoded, uint64_t start, uint64_t size) {
  check(start <= encoded.size() && size <= encoded.size() - start, "it ends early: bytes ", start,
        " to ", start + size, " of ", encoded.size());
  return encoded.subspan(start, size);
}

uint64_t little_endian(Encoded encoded, uint64_t start, uint64_t size) {
  uint64_t value = 0;
  const Encoded bytes = slice(encoded, start, size);
  for (size_t i = bytes.size(); i-- > 0;) value = value << 8 | byte_at(bytes, i);
  return value;
}

uint64_t big_endian(Encoded encoded, uint64_t start, uint64_t size) {
  uint64_t value = 0;
  const Encoded bytes = slice(encoded, start, size);
  for (size_t i = 0; i < bytes.size(); ++i) value = value << 8 | byte_at(bytes, i);
  return value;
}

}  // namespace twingrad
