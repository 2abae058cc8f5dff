#include "exporters/source/sliding_window_of.h"

#include <algorithm>

#include "exporters/source/python_literal.h"

namespace twingrad {

SlidingWindow sliding_window_of(const NodeWriter& node, std::span<const int64_t> kernel) {
  SlidingWindow window = read_sliding_window(node.node().attributes, kernel);
  if (!window.is_same()) return window;
  std::vector<int64_t> extents;
  for (int64_t axis = 2; axis < node.rank(); ++axis) extents.push_back(node.extent(0, axis));
  resolve_padding(window, extents);
  return window;
}

bool is_symmetric(const SlidingWindow& window) {
  return std::ranges::all_of(window.axes,
                             [](const WindowAxis& axis) { return axis.pad_begin == axis.pad_end; });
}

Code one_or_tuple(const std::vector<int64_t>& values) {
  return all_are(values, values.front()) ? python_integer(values.front()) : python_tuple(values);
}

bool all_are(const std::vector<int64_t>& values, int64_t value) {
  return std::ranges::all_of(values, [value](int64_t held) { return held == value; });
}

bool is_unpadded(const SlidingWindow& window) {
  return all_are(per_axis(window, [](const auto& a) { return a.pad_begin + a.pad_end; }), 0);
}

}  // namespace twingrad
