#include <csetjmp>
#include <cstdio>

// libjpeg's header needs stdio's types.
#include <jerror.h>
#include <jpeglib.h>

#include "backends/images/picture.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// libjpeg must not return from error_exit; it leaves by longjmp to functions below that have no
// local object with a destructor.
struct Handler {
  jpeg_error_mgr base;  // first: libjpeg's pointer to it is one to the handler
  std::jmp_buf place;
  char message[JMSG_LENGTH_MAX];
};

void leave(j_common_ptr info) {
  auto* handler = reinterpret_cast<Handler*>(info->err);
  handler->base.format_message(info, handler->message);
  std::longjmp(handler->place, 1);
}

// Warnings are silent, but missing data are an error: libjpeg would fill the rest with gray.
void judge(j_common_ptr info, int level) {
  if (level >= 0) return;
  const int code = info->err->msg_code;
  if (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER) leave(info);
}

struct JpegDecoder {
  Handler handler = {};
  jpeg_decompress_struct info = {};

  JpegDecoder() {
    info.err = jpeg_std_error(&handler.base);
    handler.base.error_exit = leave;
    handler.base.emit_message = judge;
  }
  JpegDecoder(const JpegDecoder&) = delete;
  JpegDecoder& operator=(const JpegDecoder&) = delete;
  ~JpegDecoder() { jpeg_destroy_decompress(&info); }
};

bool read_header(JpegDecoder& decoder, const unsigned char* data, unsigned long size) {
  if (setjmp(decoder.handler.place) != 0) return false;
  jpeg_create_decompress(&decoder.info);
  decoder.info.mem->max_memory_to_use = 1L << 28;  // of coefficients of progressive pictures
  jpeg_mem_src(&decoder.info, data, size);
  jpeg_read_header(&decoder.info, TRUE);
  return true;
}

bool read_rows(JpegDecoder& decoder, Picture& picture) {
  if (setjmp(decoder.handler.place) != 0) return false;
  jpeg_start_decompress(&decoder.info);
  while (decoder.info.output_scanline < decoder.info.output_height) {
    JSAMPROW row = picture.row(decoder.info.output_scanline);
    jpeg_read_scanlines(&decoder.info, &row, 1);
  }
  jpeg_finish_decompress(&decoder.info);
  return true;
}

}  // namespace

Picture decode_jpeg(Encoded encoded) {
  JpegDecoder decoder;
  const auto* data = reinterpret_cast<const unsigned char*>(encoded.data());
  check(read_header(decoder, data, encoded.size()), decoder.handler.message);
  const int components = decoder.info.num_components;
  if (components != 1 && components != 3) fail_unsupported(components, " components");
  decoder.info.out_color_space = components == 1 ? JCS_GRAYSCALE : JCS_RGB;
  Picture picture = blank_picture(decoder.info.image_width, decoder.info.image_height, components);
  check(read_rows(decoder, picture), decoder.handler.message);
  return picture;
}

}  // namespace twingrad
