#include "exporters/source/reduced_axes.h"

#include <algorithm>
#include <numeric>

namespace twingrad {

std::vector<int64_t> reduced_axes(const NodeWriter& node) {
  std::vector<int64_t> axes = node.has(1) ? node.integers(1) : std::vector<int64_t>();
  if (axes.empty()) {
    axes.resize(static_cast<size_t>(node.rank()));
    std::iota(axes.begin(), axes.end(), 0);
  }
  for (int64_t& axis : axes) axis = node.axis(axis);
  std::ranges::sort(axes);
  return axes;
}

bool reduces_nothing(const NodeWriter& node) {
  const bool none = !node.has(1) || node.integers(1).empty();
  return (none && node.flag("noop_with_empty_axes")) || node.rank() == 0;
}

}  // namespace twingrad
