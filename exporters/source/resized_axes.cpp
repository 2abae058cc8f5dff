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

bool is_kept(const NodeWriter& node, int64_t axis) {
  const Type& output = node.output_type(0);
  return output.shape && node.shape(0)[axis].same_as((*output.shape)[axis]);
}

int64_t resized_extent(const NodeWriter& node, int64_t axis) {
  const Type& output = node.output_type(0);
  if (!output.shape || !(*output.shape)[axis].known()) {
    fail_unsupported("scales or sizes that are computed");
  }
  return (*output.shape)[axis].extent;
}

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
    const double factor = by_scale ? element_as_double(*node.known(2), axis) : 0;
    if (factor == 1 || (!by_scale && is_kept(node, axis))) continue;
    const auto extent = static_cast<double>(node.extent(0, axis));
    ResizedAxis resized{axis, 0, factor, mode};
    resized.extent =
        by_scale ? static_cast<int64_t>(std::floor(extent * factor)) : resized_extent(node, axis);
    if (!by_scale) resized.scale = static_cast<double>(resized.extent) / extent;
    // Between whole multiples of an extent every rule of rounding agrees.
    if (mode == "half_pixel") {
      const bool is_whole = resized.scale >= 1 && resized.scale == std::floor(resized.scale);
      if (!is_whole && node.text("nearest_mode") != "round_prefer_ceil") {
        fail_unsupported("nearest_mode ", node.text("nearest_mode"), " by ", resized.scale);
      }
      resized.mode = is_whole ? "nearest" : "nearest-exact";
    }
    axes.push_back(resized);
  }
  return axes;
}

}  // namespace twingrad
