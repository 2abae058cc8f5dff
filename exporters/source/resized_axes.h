#pragma once

#include <string>
#include <vector>

#include "exporters/source/node_writer.h"

namespace twingrad {

// What a Resize node does to one axis that it changes.
struct ResizedAxis {
  int64_t axis = 0;
  int64_t extent = 0;  // of the output
  double scale = 1;
  std::string mode;  // "nearest", "nearest-exact", "linear" or "align_corners"
};

// Whether the output has the extent of the input there, whatever that is.
bool is_kept(const NodeWriter& node, int64_t axis);
// Of the output; unsupported where it is not known.
int64_t resized_extent(const NodeWriter& node, int64_t axis);

// Linear and nearest resizing with the usual coordinates; throws Error (unsupported) for the rest,
// for antialiasing and for extents that are not known.
std::vector<ResizedAxis> resized_axes(const NodeWriter& node);

}  // namespace twingrad
