#include "importers/tfjs/formulas/image.h"

#include "importers/tfjs/formulas/window.h"
#include "ir/error.h"

namespace twingrad {
namespace {

Expr resized(Expr images, Expr size, ResizeGrid grid, Attributes attributes) {
  check(images.rank() == 4, "expected images of rank 4, found ", images.type());
  const char* const transformation = grid.align_corners        ? "align_corners"
                                     : grid.half_pixel_centers ? "half_pixel"
                                                               : "asymmetric";
  attributes.set("coordinate_transformation_mode", std::string(transformation));
  Builder& builder = images.builder();
  const Expr first = channels_first(images, true);
  // Sizes of all axes: attribute `axes` is what onnxruntime's optimizer loses between transposes.
  const std::vector<Expr> sizes = {slice(shape_of(first), 0, 0, 2), size};
  const ValueId y = builder.emit_one(
      "Resize", {first.id(), kNoValue, kNoValue, concat(sizes, 0).id()}, std::move(attributes));
  return channels_back({builder, y}, true);
}

}  // namespace

Expr resized_bilinear(Expr images, Expr size, ResizeGrid grid) {
  return resized(images, size, grid, {{"mode", std::string("linear")}});
}

// Without half pixels an index is cut off; with them, and with aligned corners, it is rounded up
// from a half.
Expr resized_nearest(Expr images, Expr size, ResizeGrid grid) {
  const bool rounded = grid.align_corners || grid.half_pixel_centers;
  return resized(images, size, grid,
                 {{"mode", std::string("nearest")},
                  {"nearest_mode", std::string(rounded ? "round_prefer_ceil" : "floor")}});
}

}  // namespace twingrad
