#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "ir/tensor.h"

namespace twingrad {

enum class PixelFormat { kRgb, kBgr, kGrayscale };

// Throws Error for a name that is not RGB, BGR or Grayscale.
PixelFormat pixel_format_by_name(std::string_view name);

// An encoded picture (BMP, JPEG, JPEG 2000, PNG, PNM, TIFF, WebP; told apart by their first bytes)
// as uint8 [height, width, channels]. An alpha channel is dropped. Throws Error for what is no
// complete picture, unsupported where the build lacks the library of the format.
Tensor decode_image(std::span<const std::byte> encoded, PixelFormat pixels);

}  // namespace twingrad
