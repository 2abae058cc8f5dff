#pragma once

#include <string>
#include <vector>

#include "exporters/source/node_writer.h"

namespace twingrad {

// What a Slice node does to one axis.
struct SlicedAxis {
  int64_t axis = 0;
  std::string start;  // empty: from the beginning
  std::string end;    // empty: to the end
  int64_t step = 1;
  bool is_whole = false;  // for a negative step: all elements, backwards
};
std::vector<SlicedAxis> sliced_axes(const NodeWriter& node);

// ":, 1:3" for the axes with positive steps; empty where these are whole.
std::string slice_text(const NodeWriter& node);

// The content of brackets that index one axis: ":, :, 3".
std::string on_axis(int64_t axis, std::string_view index);

}  // namespace twingrad
