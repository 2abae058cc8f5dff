#include <tiffio.h>

#include <cstdio>
#include <cstring>
#include <memory>

#include "backends/images/picture.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// A file in memory that keeps the first error of libtiff.
struct TiffMemory {
  Encoded encoded;
  uint64_t place = 0;
  char message[256] = {};
};

tmsize_t read_bytes(thandle_t handle, void* out, tmsize_t size) {
  auto* memory = static_cast<TiffMemory*>(handle);
  if (size <= 0 || memory->place >= memory->encoded.size()) return 0;
  const uint64_t count =
      std::min(static_cast<uint64_t>(size), memory->encoded.size() - memory->place);
  std::memcpy(out, memory->encoded.data() + memory->place, count);
  memory->place += count;
  return static_cast<tmsize_t>(count);
}

tmsize_t write_nothing(thandle_t /*handle*/, void* /*bytes*/, tmsize_t /*size*/) {
  return 0;
}

toff_t seek(thandle_t handle, toff_t offset, int from) {
  auto* memory = static_cast<TiffMemory*>(handle);
  if (from == SEEK_CUR) offset += memory->place;
  if (from == SEEK_END) offset += memory->encoded.size();
  return memory->place = offset;
}

int close_nothing(thandle_t /*handle*/) {
  return 0;
}

toff_t size_of(thandle_t handle) {
  return static_cast<TiffMemory*>(handle)->encoded.size();
}

int keep_error(TIFF* /*tiff*/, void* user, const char* /*module*/, const char* format,
               va_list arguments) {
  auto* memory = static_cast<TiffMemory*>(user);
  if (memory->message[0] == '\0') {
    std::vsnprintf(memory->message, sizeof memory->message, format, arguments);
  }
  return 1;  // handled: nothing on stderr
}

int ignore_warning(TIFF* /*tiff*/, void* /*user*/, const char* /*module*/, const char* /*format*/,
                   va_list /*arguments*/) {
  return 1;
}

using Handle = std::unique_ptr<TIFF, decltype(&TIFFClose)>;

Handle open_tiff(TiffMemory& memory) {
  const std::unique_ptr<TIFFOpenOptions, decltype(&TIFFOpenOptionsFree)> options(
      TIFFOpenOptionsAlloc(), TIFFOpenOptionsFree);
  check(options != nullptr, "libtiff does not start");
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), tmsize_t{1} << 28);
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), keep_error, &memory);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), ignore_warning, nullptr);
  // m: no mapping.
  return {TIFFClientOpenExt("picture", "rm", &memory, read_bytes, write_nothing, seek,
                            close_nothing, size_of, nullptr, nullptr, options.get()),
          TIFFClose};
}

}  // namespace

Picture decode_tiff(Encoded encoded) {
  TiffMemory memory = {encoded};
  const Handle tiff = open_tiff(memory);
  check(tiff != nullptr, "its header is invalid: ", memory.message);
  uint32_t width = 0;
  uint32_t height = 0;
  TIFFGetField(tiff.get(), TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField(tiff.get(), TIFFTAG_IMAGELENGTH, &height);
  check_extents(width, height, 4);  // libtiff makes red, green, blue and alpha
  char reason[1024] = {};
  if (TIFFRGBAImageOK(tiff.get(), reason) == 0) fail_unsupported(reason);
  std::vector<uint32_t> pixels(size_t{width} * height);
  const bool read = TIFFReadRGBAImageOriented(tiff.get(), width, height, pixels.data(),
                                              ORIENTATION_TOPLEFT, 1) != 0;
  check(read && memory.message[0] == '\0', "its data are invalid: ", memory.message);
  Picture picture = blank_picture(width, height, 3);
  uint8_t* out = picture.samples.data();
  for (const uint32_t pixel : pixels) {
    *out++ = static_cast<uint8_t>(TIFFGetR(pixel));
    *out++ = static_cast<uint8_t>(TIFFGetG(pixel));
    *out++ = static_cast<uint8_t>(TIFFGetB(pixel));
  }
  return picture;
}

}  // namespace twingrad
