#pragma once

#include <string>
#include <vector>

#include "exporters/source/node_writer.h"

namespace twingrad {

// What a Slice node does to one axis.
struct SlicedAxis {
  int64_t axis = 0;
  std::string start = {};  // empty: from the beginning
  std::string end = {};    // empty: to the end
  int64_t step = 1;        // negative: backwards, from the end to the beginning

  bool is_open() const { return start.empty() && end.empty(); }
};
std::vector<SlicedAxis> sliced_axes(const NodeWriter& node);

// ":, 1:3"; empty where all axes are whole. PyTorch has no negative steps.
enum class Backwards : uint8_t { kWritten, kLeftOut };
std::string slice_text(const NodeWriter& node, Backwards backwards);

// The content of brackets that index one axis: ":, :, 3".
std::string on_axis(int64_t axis, std::string_view index);

}  // namespace twingrad
