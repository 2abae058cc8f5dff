#pragma once

#include <span>
#include <vector>

#include "exporters/source/node_writer.h"
#include "ir/sliding_window.h"

namespace twingrad {

// The window of a convolution or pooling node with explicit pads. Unsupported where these depend on
// extents that are not known.
SlidingWindow sliding_window_of(const NodeWriter& node, std::span<const int64_t> kernel);
bool is_symmetric(const SlidingWindow& window);
bool is_unpadded(const SlidingWindow& window);

// One number for all axes where they agree, else a tuple.
template <typename F>
std::vector<int64_t> per_axis(const SlidingWindow& window, F get) {
  std::vector<int64_t> values;
  for (const WindowAxis& axis : window.axes) values.push_back(get(axis));
  return values;
}
Code one_or_tuple(const std::vector<int64_t>& values);
bool all_are(const std::vector<int64_t>& values, int64_t value);

}  // namespace twingrad
