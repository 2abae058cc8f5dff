#include <png.h>

#include <csetjmp>
#include <cstdio>
#include <cstring>

#include "backends/images/picture.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// libpng leaves errors by longjmp, to functions below that have no local object with a destructor.
struct PngDecoder {
  Encoded rest;
  char message[128] = {};
  png_structp png = nullptr;
  png_infop info = nullptr;

  explicit PngDecoder(Encoded encoded) : rest(encoded) {}
  PngDecoder(const PngDecoder&) = delete;
  PngDecoder& operator=(const PngDecoder&) = delete;
  ~PngDecoder() { png_destroy_read_struct(&png, &info, nullptr); }
};

void leave(png_structp png, png_const_charp message) {
  auto* decoder = static_cast<PngDecoder*>(png_get_error_ptr(png));
  std::snprintf(decoder->message, sizeof decoder->message, "%s", message);
  png_longjmp(png, 1);
}

void ignore(png_structp /*png*/, png_const_charp /*message*/) {}

void read_bytes(png_structp png, png_bytep out, size_t size) {
  auto* decoder = static_cast<PngDecoder*>(png_get_io_ptr(png));
  if (size > decoder->rest.size()) png_error(png, "it ends early");
  std::memcpy(out, decoder->rest.data(), size);
  decoder->rest = decoder->rest.subspan(size);
}

// 8 bits of gray or of red, green and blue are asked for, whatever the file has.
bool read_header(PngDecoder& decoder) {
  if (setjmp(png_jmpbuf(decoder.png)) != 0) return false;
  png_set_read_fn(decoder.png, &decoder, read_bytes);
  // Texts and profiles can be as large as their compression likes and are not needed.
  png_set_keep_unknown_chunks(decoder.png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
  png_read_info(decoder.png, decoder.info);
  png_set_expand(decoder.png);
  png_set_strip_16(decoder.png);
  png_set_strip_alpha(decoder.png);
  png_set_interlace_handling(decoder.png);
  png_read_update_info(decoder.png, decoder.info);
  return true;
}

bool read_rows(PngDecoder& decoder, png_bytepp rows) {
  if (setjmp(png_jmpbuf(decoder.png)) != 0) return false;
  png_read_image(decoder.png, rows);
  png_read_end(decoder.png, nullptr);
  return true;
}

}  // namespace

Picture decode_png(Encoded encoded) {
  PngDecoder decoder(encoded);
  decoder.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &decoder, leave, ignore);
  if (decoder.png != nullptr) decoder.info = png_create_info_struct(decoder.png);
  check(decoder.info != nullptr, "libpng does not start");
  check(read_header(decoder), decoder.message);
  const auto width = static_cast<int64_t>(png_get_image_width(decoder.png, decoder.info));
  const auto height = static_cast<int64_t>(png_get_image_height(decoder.png, decoder.info));
  const int64_t channels = png_get_channels(decoder.png, decoder.info);
  check(channels == 1 || channels == 3, "it has ", channels, " channels");
  check_extents(width, height, channels);
  check(png_get_rowbytes(decoder.png, decoder.info) == static_cast<size_t>(width * channels),
        "its rows have an unexpected size");
  // Deflate shrinks to no less than 1/1032, and a byte has at most 8 pixels.
  check(width * height / 8 / 1032 <= static_cast<int64_t>(encoded.size()), "it ends early");
  Picture picture = blank_picture(width, height, channels);
  std::vector<png_bytep> rows;
  for (int64_t y = 0; y < height; ++y) rows.push_back(picture.row(y));
  check(read_rows(decoder, rows.data()), decoder.message);
  return picture;
}

}  // namespace twingrad
