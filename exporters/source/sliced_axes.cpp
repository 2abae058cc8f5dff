#include "exporters/source/sliced_axes.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>

#include "ir/error.h"

namespace twingrad {
namespace {

// Bounds beyond every extent stand for "to the end".
constexpr int64_t kBeyond = std::numeric_limits<int32_t>::max();

std::vector<Code> bounds(const NodeWriter& node, size_t i) {
  auto codes = node.elements(i);
  if (codes) return *codes;
  const PartialShape& shape = node.shape(i);
  if (shape.rank() != 1 || !shape[0].known()) fail_unsupported("its number of axes is not known");
  std::vector<Code> items;
  for (int64_t k = 0; k < shape[0].extent; ++k) {
    items.push_back(item(node.in(i), std::to_string(k)));
  }
  return items;
}

std::optional<int64_t> number(const NodeWriter& node, size_t i, size_t place) {
  const Tensor* tensor = node.known(i);
  if (tensor == nullptr) return std::nullopt;
  return as_int64(*tensor)[place];
}

}  // namespace

std::vector<SlicedAxis> sliced_axes(const NodeWriter& node) {
  const std::vector<Code> starts = bounds(node, 1);
  const std::vector<Code> ends = bounds(node, 2);
  std::vector<int64_t> axes(starts.size());
  std::iota(axes.begin(), axes.end(), 0);
  if (node.has(3)) axes = node.integers(3);
  const std::vector<int64_t> steps =
      node.has(4) ? node.integers(4) : std::vector<int64_t>(starts.size(), 1);
  std::vector<SlicedAxis> result;
  for (size_t i = 0; i < starts.size(); ++i) {
    SlicedAxis axis;
    axis.axis = node.axis(axes[i]);
    axis.step = steps[i];
    const Dimension& dim = node.shape(0)[axis.axis];
    const auto start = number(node, 1, i);
    const auto end = number(node, 2, i);
    const bool from_end =
        start && (*start >= kBeyond || *start == -1 || (dim.known() && *start >= dim.extent - 1));
    const bool backwards = axis.step < 0;
    const bool from_begin = backwards ? from_end : start == 0;
    if (!from_begin) axis.start = starts[i].text;
    const bool to_end = end && (backwards ? *end <= -kBeyond || (dim.known() && *end < -dim.extent)
                                          : *end >= kBeyond || (dim.known() && *end >= dim.extent));
    if (!to_end) axis.end = ends[i].text;
    result.push_back(axis);
  }
  return result;
}

std::string slice_text(const NodeWriter& node, Backwards backwards) {
  std::vector<std::string> ranges;
  for (const SlicedAxis& axis : sliced_axes(node)) {
    if (axis.step < 0 && backwards == Backwards::kLeftOut) continue;
    if (axis.is_open() && axis.step == 1) continue;
    ranges.resize(std::max(ranges.size(), static_cast<size_t>(axis.axis) + 1), ":");
    ranges[static_cast<size_t>(axis.axis)] =
        axis.start + ":" + axis.end + (axis.step == 1 ? "" : ":" + std::to_string(axis.step));
  }
  std::string text;
  for (const std::string& range : ranges) text += (text.empty() ? "" : ", ") + range;
  return text;
}

std::string on_axis(int64_t axis, std::string_view index) {
  std::string text;
  for (int64_t i = 0; i < axis; ++i) text += ":, ";
  return text + std::string(index);
}

}  // namespace twingrad
