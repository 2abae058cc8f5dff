#include "backends/images/decode.h"
#include "backends/reference/tables.h"

namespace twingrad {
namespace {

std::vector<Datum> image_decoder(const EvaluationContext& context) {
  const PixelFormat pixels = pixel_format_by_name(context.attributes().text("pixel_format"));
  return {decode_image(context.tensor(0).bytes(), pixels)};
}

}  // namespace

std::vector<KernelRow> reference_image_kernels() {
  return {
      {.op = "ImageDecoder", .evaluate = image_decoder},
  };
}

}  // namespace twingrad
