#include "exporters/source/array_shapes.h"

#include <algorithm>
#include <numeric>

#include "exporters/source/line_writer.h"
#include "exporters/source/python_literal.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// The numbers that an operand holds as far as known; kUnknown for the others.
std::optional<std::vector<Dimension>> operand_numbers(const NodeWriter& node, size_t i) {
  if (const Tensor* known = node.known(i)) {
    std::vector<Dimension> numbers;
    for (const int64_t number : as_int64(*known)) numbers.emplace_back(number);
    return numbers;
  }
  const auto& contents = node.lines().facts().graph().value(node.id(i)).contents;
  if (contents) return contents->dims();
  const PartialShape& shape = node.shape(i);
  if (shape.rank() != 1 || !shape[0].known()) return std::nullopt;
  return std::vector<Dimension>(static_cast<size_t>(shape[0].extent));
}

}  // namespace

// 0 says "as in the input"; one extent that is not known here follows from the others.
std::optional<std::vector<Code>> reshaped_extents(const NodeWriter& node) {
  const auto wanted = operand_numbers(node, 1);
  if (!wanted) return std::nullopt;
  const Type& output = node.output_type(0);
  std::vector<Code> extents;
  bool is_open = false;
  for (size_t i = 0; i < wanted->size(); ++i) {
    const auto axis = static_cast<int64_t>(i);
    const bool is_static = output.shape && (*output.shape)[axis].known();
    if ((*wanted)[i].is(0) && !node.flag("allowzero")) {
      extents.push_back(node.extent_code(0, axis));
    } else if (is_static && !(*wanted)[i].is(-1)) {
      extents.push_back(python_integer((*output.shape)[axis].extent));
    } else if (!is_open) {
      extents.push_back({"-1"});
      is_open = true;
    } else {
      return node.elements(1);
    }
  }
  return extents;
}

std::optional<std::vector<Code>> expanded_extents(const NodeWriter& node) {
  const Type& output = node.output_type(0);
  if (!output.shape) return std::nullopt;
  const GraphFacts& facts = node.lines().facts();
  std::vector<Code> extents;
  for (const Dimension& dim : *output.shape) {
    const auto axis = dim.known() ? std::nullopt : facts.axis_named(dim.symbol);
    if (!dim.known() && !axis) return std::nullopt;
    extents.push_back(dim.known()
                          ? python_integer(dim.extent)
                          : node.lines().extent(value_reference(axis->first), axis->second));
  }
  return extents;
}

std::vector<int64_t> permutation_of(const NodeWriter& node) {
  std::vector<int64_t> reversed(static_cast<size_t>(node.rank()));
  std::iota(reversed.rbegin(), reversed.rend(), 0);
  return node.node().attributes.integers_or("perm", reversed);
}

std::vector<int64_t> new_axes(const NodeWriter& node) {
  std::vector<int64_t> axes = node.integers(1);
  const int64_t rank = node.rank() + static_cast<int64_t>(axes.size());
  for (int64_t& axis : axes) axis = normalized_axis(axis, rank);
  std::ranges::sort(axes);
  return axes;
}

std::vector<int64_t> split_extents(const NodeWriter& node) {
  std::vector<int64_t> extents;
  const int64_t axis = node.axis(node.integer("axis"));
  for (size_t i = 0; i < node.output_count(); ++i) {
    const Type& type = node.output_type(i);
    if (!type.shape || !(*type.shape)[axis].known()) fail_unsupported("the split is computed");
    extents.push_back((*type.shape)[axis].extent);
  }
  return extents;
}

}  // namespace twingrad
