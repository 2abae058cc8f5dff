#include "backends/images/picture.h"
#include "ir/error.h"

namespace twingrad {
namespace {

constexpr uint64_t kFileHeader = 14;

// What BITMAPFILEHEADER and BITMAPINFOHEADER say (later headers begin with the latter).
struct Layout {
  uint64_t pixels;   // offset of the first row
  uint64_t palette;  // offset of its first entry of 4 bytes
  uint64_t colors;
  int64_t width;
  int64_t height;
  bool from_top;
  uint64_t bits;

  uint64_t row_size() const { return (static_cast<uint64_t>(width) * bits + 31) / 32 * 4; }
};

Layout read_layout(Encoded encoded) {
  const uint64_t header = little_endian(encoded, kFileHeader, 4);
  if (header < 40) fail_unsupported("a header of ", header, " bytes");
  const auto height = static_cast<int32_t>(little_endian(encoded, 22, 4));
  const auto width = static_cast<int32_t>(little_endian(encoded, 18, 4));
  const uint64_t compression = little_endian(encoded, 30, 4);
  if (compression != 0) fail_unsupported("compression ", compression);
  Layout layout = {.pixels = little_endian(encoded, 10, 4),
                   .palette = kFileHeader + header,
                   .colors = little_endian(encoded, 46, 4),
                   .width = width,
                   .height = height < 0 ? -int64_t{height} : int64_t{height},
                   .from_top = height < 0,
                   .bits = little_endian(encoded, 28, 2)};
  const uint64_t bits = layout.bits;
  if (bits != 1 && bits != 4 && bits != 8 && bits != 24 && bits != 32) {
    fail_unsupported(bits, " bits a pixel");
  }
  check_extents(layout.width, layout.height, 3);
  if (layout.colors == 0 && bits <= 8) layout.colors = uint64_t{1} << bits;
  check(bits > 8 || layout.colors <= uint64_t{1} << bits, layout.colors, " colors of ", bits,
        " bits");
  return layout;
}

// Where the blue, green and red of pixel x are.
Encoded color_of(Encoded encoded, const Layout& layout, Encoded row, uint64_t x) {
  if (layout.bits >= 24) return row.subspan(x * layout.bits / 8, 3);
  const uint64_t bit = x * layout.bits;
  const unsigned shift = static_cast<unsigned>(8 - layout.bits - bit % 8);
  const unsigned index = byte_at(row, bit / 8) >> shift & ((1U << layout.bits) - 1);
  check(index < layout.colors, "color ", index, " of ", layout.colors);
  return slice(encoded, layout.palette + size_t{4} * index, 3);
}

}  // namespace

Picture decode_bmp(Encoded encoded) {
  const Layout layout = read_layout(encoded);
  const uint64_t row_size = layout.row_size();
  const auto height = static_cast<uint64_t>(layout.height);
  const Encoded rows = slice(encoded, layout.pixels, row_size * height);
  Picture picture = blank_picture(layout.width, layout.height, 3);
  for (uint64_t y = 0; y < height; ++y) {
    const Encoded row = rows.subspan((layout.from_top ? y : height - 1 - y) * row_size, row_size);
    uint8_t* out = picture.row(static_cast<int64_t>(y));
    for (uint64_t x = 0; x < static_cast<uint64_t>(layout.width); ++x) {
      const Encoded bgr = color_of(encoded, layout, row, x);
      for (size_t k = 3; k-- > 0;) *out++ = byte_at(bgr, k);
    }
  }
  return picture;
}

}  // namespace twingrad
