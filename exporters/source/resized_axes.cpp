#include "exporters/source/resized_axes.h"

#include <cmath>

#include "ir/error.h"

namespace twingrad {
namespace {

std::string mode_of(const NodeWriter& node) {
  const std::string& mode = node.text("mode");
  const std::string& transformation = node.text("coordinate_transformation_mode");
  const bool half_pixel = transformation == "half_pixel" || transformation == "pytorch_half_pixel";
  if (mode == "linear" && transformation == "align_corners") return "align_corners";
  if (mode == "linear" && half_pixel) return "linear";
  if (mode == "nearest" && transformation == "asymmetric" && node.text("nearest_mode") == "floor") {
    return "nearest";
  }
  if (mode == "nearest" && half_pixel) return "half_pixel";
  fail_unsupported("mode ", mode, " with coordinates ", transformation);
}

}  // namespace

std::vector<ResizedAxis> resized_axes(const NodeWriter& node) {
  if (node.node().attributes.has("axes")) fail_unsupported("axes");
  if (node.flag("antialias") || node.text("keep_aspect_ratio_policy") != "stretch") {
    fail_unsupported("antialias or keep_aspect_ratio_policy");
  }
  std::string mode = mode_of(node);
  const bool by_scale =
      node.has(2) && node.known(2) != nullptr && node.known(2)->element_count() > 0;
  std::vector<ResizedAxis> axes;
  for (int64_t axis = 0; axis < node.rank(); ++axis) {
    ResizedAxis resized{
        axis,
        node.output_type(0).shape ? (*node.output_type(0).shape)[axis].extent : Dimension::kUnknown,
        1, mode};
    if (by_scale && element_as_double(*node.known(2), axis) == 1) continue;
    const int64_t extent = node.extent(0, axis);
    if (by_scale) {
      resized.extent = static_cast<int64_t>(
          std::floor(static_cast<double>(extent) * element_as_double(*node.known(2), axis)));
    }
    if (resized.extent == Dimension::kUnknown) fail_unsupported("scales that are computed");
    resized.scale = by_scale ? element_as_double(*node.known(2), axis)
                             : static_cast<double>(resized.extent) / static_cast<double>(extent);
    if (resized.scale == 1 && resized.extent == extent) continue;
    // Between whole multiples of an extent every rule of rounding agrees.
    if (mode == "half_pixel") {
      if (resized.scale < 1 || resized.scale != std::floor(resized.scale)) {
        fail_unsupported("mode nearest with half pixels by ", resized.scale);
      }
      resized.mode = "nearest";
    }
    axes.push_back(resized);
  }
  return axes;
}

}  // namespace twingrad
