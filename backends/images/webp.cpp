#include <webp/decode.h>

#include "backends/images/picture.h"
#include "ir/error.h"

namespace twingrad {

Picture decode_webp(Encoded encoded) {
  const auto* data = reinterpret_cast<const uint8_t*>(encoded.data());
  // libwebp forgives bytes that are missing after the last it needs.
  slice(encoded, 8, little_endian(encoded, 4, 4));
  WebPBitstreamFeatures features;
  check(WebPGetFeatures(data, encoded.size(), &features) == VP8_STATUS_OK, "its header is invalid");
  if (features.has_animation != 0) fail_unsupported("an animation");
  Picture picture = blank_picture(features.width, features.height, 3);
  const bool decoded = WebPDecodeRGBInto(data, encoded.size(), picture.samples.data(),
                                         picture.samples.size(), features.width * 3) != nullptr;
  check(decoded, "its data are invalid");
  return picture;
}

}  // namespace twingrad
