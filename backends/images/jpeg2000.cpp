#include <openjpeg.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>

#include "backends/images/picture.h"
#include "ir/error.h"

namespace twingrad {
namespace {

struct Memory {
  Encoded encoded;
  size_t place = 0;
};

OPJ_SIZE_T read_bytes(void* out, OPJ_SIZE_T size, void* user) {
  auto* memory = static_cast<Memory*>(user);
  const size_t count = std::min(size, memory->encoded.size() - memory->place);
  if (count == 0) return static_cast<OPJ_SIZE_T>(-1);
  std::memcpy(out, memory->encoded.data() + memory->place, count);
  memory->place += count;
  return count;
}

OPJ_OFF_T skip_bytes(OPJ_OFF_T size, void* user) {
  auto* memory = static_cast<Memory*>(user);
  const size_t left = memory->encoded.size() - memory->place;
  if (size < 0 || static_cast<size_t>(size) > left) return -1;
  memory->place += static_cast<size_t>(size);
  return size;
}

OPJ_BOOL seek(OPJ_OFF_T place, void* user) {
  auto* memory = static_cast<Memory*>(user);
  if (place < 0 || static_cast<size_t>(place) > memory->encoded.size()) return OPJ_FALSE;
  memory->place = static_cast<size_t>(place);
  return OPJ_TRUE;
}

void keep_error(const char* message, void* user) {
  auto& text = *static_cast<std::string*>(user);
  if (text.empty()) text = std::string_view(message).substr(0, std::strcspn(message, "\n"));
}

using Stream = std::unique_ptr<opj_stream_t, decltype(&opj_stream_destroy)>;
using Codec = std::unique_ptr<opj_codec_t, decltype(&opj_destroy_codec)>;
using Image = std::unique_ptr<opj_image_t, decltype(&opj_image_destroy)>;

Stream open(Memory& memory) {
  Stream stream(opj_stream_create(4096, OPJ_TRUE), opj_stream_destroy);
  check(stream != nullptr, "openjpeg does not start");
  opj_stream_set_read_function(stream.get(), read_bytes);
  opj_stream_set_skip_function(stream.get(), skip_bytes);
  opj_stream_set_seek_function(stream.get(), seek);
  opj_stream_set_user_data(stream.get(), &memory, nullptr);
  opj_stream_set_user_data_length(stream.get(), memory.encoded.size());
  return stream;
}

bool is_codestream(Encoded encoded) {
  return big_endian(encoded, 0, 4) == 0xff4fff51;
}

// The codestream of a file of boxes (ISO/IEC 15444-1, annex I). Throws Error where it is not whole:
// openjpeg forgives a missing end.
void check_complete(Encoded encoded) {
  uint64_t start = 0;
  uint64_t size = encoded.size();
  if (!is_codestream(encoded)) {
    for (uint64_t type = 0; type != 0x6a703263;) {  // jp2c
      start += type == 0 ? 0 : size;
      size = big_endian(encoded, start, 4);
      type = big_endian(encoded, start + 4, 4);
      if (size == 0) size = encoded.size() - start;
      if (size == 1) size = big_endian(encoded, start + 8, 8);
      check(type != 0 && size >= 8, "a box of ", size, " bytes");
      slice(encoded, start, size);
    }
  }
  check(size >= 2 && big_endian(encoded, start + size - 2, 2) == 0xffd9, "it ends early");
}

// Gray with or without alpha, colors with or without alpha, of at most 8 bits.
Picture picture_of(const opj_image_t& image) {
  const bool gray = image.numcomps <= 2;
  Picture picture = blank_picture(image.comps[0].w, image.comps[0].h, gray ? 1 : 3);
  for (int64_t k = 0; k < picture.channels; ++k) {
    const opj_image_comp_t& component = image.comps[k];
    check(component.data != nullptr && component.w == image.comps[0].w &&
              component.h == image.comps[0].h,
          "component ", k, " is not decoded");
    const int64_t largest = (int64_t{1} << component.prec) - 1;
    for (int64_t i = 0; i < picture.width * picture.height; ++i) {
      const int64_t sample = std::clamp<int64_t>(component.data[i], 0, largest);
      picture.samples[static_cast<size_t>(i * picture.channels + k)] =
          static_cast<uint8_t>(sample * 255 / largest);
    }
  }
  return picture;
}

void check_header(const opj_image_t& image) {
  if (image.numcomps < 1 || image.numcomps > 4) {
    fail_unsupported(image.numcomps, " components");
  }
  check(image.x1 > image.x0 && image.y1 > image.y0, "it has no pixels");
  // The decoder has samples of 4 bytes.
  check_extents(image.x1 - image.x0, image.y1 - image.y0, 4 * int64_t{image.numcomps});
  if (image.color_space == OPJ_CLRSPC_SYCC || image.color_space == OPJ_CLRSPC_EYCC ||
      image.color_space == OPJ_CLRSPC_CMYK) {
    fail_unsupported("a color space other than gray and RGB");
  }
  for (const opj_image_comp_t& component : std::span(image.comps, image.numcomps)) {
    if (component.prec < 1 || component.prec > 8 || component.sgnd != 0) {
      fail_unsupported("samples other than unsigned ones of at most 8 bits");
    }
    if (component.dx != 1 || component.dy != 1) fail_unsupported("subsampled components");
  }
}

}  // namespace

Picture decode_jpeg2000(Encoded encoded) {
  check_complete(encoded);
  Memory memory = {encoded};
  std::string message;
  const Stream stream = open(memory);
  const Codec codec(opj_create_decompress(is_codestream(encoded) ? OPJ_CODEC_J2K : OPJ_CODEC_JP2),
                    opj_destroy_codec);
  check(codec != nullptr, "openjpeg does not start");
  opj_set_error_handler(codec.get(), keep_error, &message);
  opj_dparameters_t parameters;
  opj_set_default_decoder_parameters(&parameters);
  check(opj_setup_decoder(codec.get(), &parameters) != 0, "openjpeg does not start");
  opj_image_t* raw = nullptr;
  const bool header = opj_read_header(stream.get(), codec.get(), &raw) != 0;
  const Image image(raw, opj_image_destroy);
  check(header && image != nullptr, "its header is invalid: ", message);
  check_header(*image);
  check(opj_decode(codec.get(), stream.get(), image.get()) != 0 &&
            opj_end_decompress(codec.get(), stream.get()) != 0,
        "its data are invalid: ", message);
  // Palettes and channel definitions are applied by the decoder and change the components.
  check_header(*image);
  return picture_of(*image);
}

}  // namespace twingrad
