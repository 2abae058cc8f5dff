#include "ir/error.h"
#include "ir/infer.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

// The extents are in the encoded bytes.
void infer_image_decoder(InferContext& context) {
  const PartialShape* shape = context.shape(0);
  check(shape == nullptr || shape->rank() == 1, "the encoded stream must be a vector, its type is ",
        context.input(0));
  const std::string& pixels = context.attributes().text("pixel_format");
  check(pixels == "RGB" || pixels == "BGR" || pixels == "Grayscale",
        "pixel_format must be RGB, BGR or Grayscale, it is '", quoted_name(pixels), "'");
  context.set_shape(0, {Dimension(), Dimension(), Dimension(pixels == "Grayscale" ? 1 : 3)});
}

}  // namespace

std::vector<OpRow> image_ops() {
  return {
      {.name = "ImageDecoder",
       .signature = "encoded_stream:uint8 -> image:uint8",
       .types = {},
       .attributes = {defaulted("pixel_format", std::string("RGB"))},
       .infer = infer_image_decoder},
  };
}

}  // namespace twingrad
