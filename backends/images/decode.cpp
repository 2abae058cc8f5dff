#include "backends/images/decode.h"

#include <array>

#include "backends/images/picture.h"
#include "ir/error.h"

namespace twingrad {
namespace {

struct Format {
  std::string_view name;
  std::string_view signature;
  size_t offset;  // of the signature
  Picture (*decode)(Encoded);
};

constexpr std::array kFormats = {
    Format{"BMP", "BM", 0, decode_bmp},
    Format{"JPEG", "\xff\xd8\xff", 0, decode_jpeg},
    Format{"JPEG 2000", "jP  \r\n\x87\n", 4, decode_jpeg2000},
    Format{"JPEG 2000", "\xff\x4f\xff\x51", 0, decode_jpeg2000},
    Format{"PNG", "\x89PNG\r\n\x1a\n", 0, decode_png},
    Format{"PNM", "P1", 0, decode_pnm},
    Format{"PNM", "P2", 0, decode_pnm},
    Format{"PNM", "P3", 0, decode_pnm},
    Format{"PNM", "P4", 0, decode_pnm},
    Format{"PNM", "P5", 0, decode_pnm},
    Format{"PNM", "P6", 0, decode_pnm},
    Format{"TIFF", std::string_view("II*\0", 4), 0, decode_tiff},
    Format{"TIFF", std::string_view("MM\0*", 4), 0, decode_tiff},
    Format{"WebP", "WEBP", 8, decode_webp},
};

bool is_of(Encoded encoded, const Format& format) {
  if (encoded.size() < format.offset + format.signature.size()) return false;
  for (size_t i = 0; i < format.signature.size(); ++i) {
    const auto expected = static_cast<uint8_t>(format.signature[i]);
    if (byte_at(encoded, format.offset + i) != expected) return false;
  }
  return true;
}

Picture decode_any(Encoded encoded) {
  for (const Format& format : kFormats) {
    if (!is_of(encoded, format)) continue;
    try {
      return format.decode(encoded);
    } catch (const Error& error) {
      throw error.at(join_text(format.name, " picture"));
    }
  }
  fail("the ", encoded.size(), " bytes are no picture of a known format");
}

// ITU-R 601-2 luma in 16 bits of fraction, rounded once, as Pillow has it. Gray stays the same.
uint8_t luma(const uint8_t* rgb) {
  return static_cast<uint8_t>((19595U * rgb[0] + 38470U * rgb[1] + 7471U * rgb[2] + 0x8000U) >> 16);
}

}  // namespace

PixelFormat pixel_format_by_name(std::string_view name) {
  if (name == "RGB") return PixelFormat::kRgb;
  if (name == "BGR") return PixelFormat::kBgr;
  if (name == "Grayscale") return PixelFormat::kGrayscale;
  fail("pixel_format must be RGB, BGR or Grayscale, it is '", quoted_name(name), "'");
}

Tensor decode_image(std::span<const std::byte> encoded, PixelFormat pixels) {
  const Picture picture = decode_any(encoded);
  const int64_t channels = pixels == PixelFormat::kGrayscale ? 1 : 3;
  Tensor result(DataType::kUint8, {picture.height, picture.width, channels});
  uint8_t* out = result.data<uint8_t>();
  const uint8_t* in = picture.samples.data();
  for (int64_t i = 0; i < picture.width * picture.height; ++i) {
    const std::array<uint8_t, 3> rgb =
        picture.channels == 1 ? std::array{in[0], in[0], in[0]} : std::array{in[0], in[1], in[2]};
    in += picture.channels;
    if (channels == 1) {
      *out++ = luma(rgb.data());
      continue;
    }
    const bool reversed = pixels == PixelFormat::kBgr;
    for (size_t k = 0; k < 3; ++k) *out++ = rgb[reversed ? 2 - k : k];
  }
  return result;
}

}  // namespace twingrad
