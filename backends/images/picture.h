#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace twingrad {

using Encoded = std::span<const std::byte>;

// Rows from the top, pixels from the left; one channel is gray, three are red, green, blue.
struct Picture {
  int64_t width = 0;
  int64_t height = 0;
  int64_t channels = 0;
  std::vector<uint8_t> samples;

  uint8_t* row(int64_t y) { return samples.data() + y * width * channels; }
};

// A picture of zeros. Throws Error where an extent is not positive or all samples are more than
// 2^28: a few bytes can claim any extents.
Picture blank_picture(int64_t width, int64_t height, int64_t channels);

// The same check without the memory.
void check_extents(int64_t width, int64_t height, int64_t channels);

inline uint8_t byte_at(Encoded encoded, size_t i) {
  return std::to_integer<uint8_t>(encoded[i]);
}

// `size` bytes at `start`. Throws Error where they are not there.
Encoded slice(Encoded encoded, uint64_t start, uint64_t size);
// Unsigned integers of `size` bytes, at most 8.
uint64_t little_endian(Encoded encoded, uint64_t start, uint64_t size);
uint64_t big_endian(Encoded encoded, uint64_t start, uint64_t size);

// A format a file. Errors do not name the format; decode_image does.
Picture decode_bmp(Encoded encoded);
Picture decode_jpeg(Encoded encoded);
Picture decode_jpeg2000(Encoded encoded);
Picture decode_png(Encoded encoded);
Picture decode_pnm(Encoded encoded);
Picture decode_tiff(Encoded encoded);
Picture decode_webp(Encoded encoded);

}  // namespace twingrad
