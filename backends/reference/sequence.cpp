#include <algorithm>

#include "backends/reference/dispatch.h"
#include "backends/reference/tables.h"

namespace twingrad {
namespace {

using Context = const EvaluationContext&;

std::vector<Datum> one(Sequence items) {
  std::vector<Datum> results;
  results.emplace_back(std::move(items));
  return results;
}

// Input i as a place among `count`, negative ones counted from the back.
size_t position(Context c, size_t i, int64_t count) {
  const std::vector<int64_t> given = as_int64(c.tensor(i));
  check(given.size() == 1, "'position' must be a scalar, found ", given.size(), " elements");
  const int64_t wrapped = given[0] < 0 ? given[0] + count : given[0];
  check(wrapped >= 0 && wrapped < count, "position ", given[0], " is out of range, there are ",
        count);
  return static_cast<size_t>(wrapped);
}

std::vector<Datum> construct(Context c) {
  Sequence items;
  for (size_t i = 0; i < c.inputs.size(); ++i) items.emplace_back(c.tensor(i).clone());
  return one(std::move(items));
}

std::vector<Datum> empty(Context) {
  return one({});
}

std::vector<Datum> at(Context c) {
  const Sequence& items = c.input(0).sequence();
  return {items[position(c, 1, std::ssize(items))]};
}

std::vector<Datum> insert(Context c) {
  const Sequence& items = c.input(0).sequence();
  const auto count = std::ssize(items);
  size_t place = items.size();
  if (c.has_input(2)) {
    // -count .. count, where -1 is before the last.
    const std::vector<int64_t> given = as_int64(c.tensor(2));
    check(given.size() == 1, "'position' must be a scalar, found ", given.size(), " elements");
    const int64_t wrapped = given[0] < 0 ? given[0] + count : given[0];
    check(wrapped >= 0 && wrapped <= count, "position ", given[0],
          " is out of range for a sequence of ", count);
    place = static_cast<size_t>(wrapped);
  }
  const auto middle = items.begin() + static_cast<std::ptrdiff_t>(place);
  Sequence result;
  result.reserve(items.size() + 1);
  result.assign(items.begin(), middle);
  result.emplace_back(c.tensor(1).clone());
  result.insert(result.end(), middle, items.end());
  return one(std::move(result));
}

std::vector<Datum> erase(Context c) {
  Sequence items = c.input(0).sequence();
  check(!items.empty(), "nothing can be erased from an empty sequence");
  const size_t place = c.has_input(1) ? position(c, 1, std::ssize(items)) : items.size() - 1;
  items.erase(items.begin() + static_cast<std::ptrdiff_t>(place));
  return one(std::move(items));
}

std::vector<Datum> length(Context c) {
  return {Tensor::scalar<int64_t>(std::ssize(c.input(0).sequence()))};
}

// A tensor as [outer, extent, inner] around an axis.
struct Blocks {
  int64_t outer = 1;
  int64_t extent = 1;
  int64_t inner = 1;
};

Blocks blocks_of(const Shape& shape, int64_t axis) {
  Blocks blocks;
  blocks.extent = shape[axis];
  for (int64_t k = 0; k < axis; ++k) blocks.outer *= shape[k];
  for (int64_t k = axis + 1; k < shape.rank(); ++k) blocks.inner *= shape[k];
  return blocks;
}

Shape with_extent(const Shape& shape, int64_t axis, int64_t extent) {
  std::vector<int64_t> extents(shape.begin(), shape.end());
  extents[static_cast<size_t>(axis)] = extent;
  return Shape(std::move(extents));
}

Shape without_axis(const Shape& shape, int64_t axis) {
  std::vector<int64_t> extents(shape.begin(), shape.end());
  extents.erase(extents.begin() + axis);
  return Shape(std::move(extents));
}

// Copies between the whole and the part that begins at `first` along the axis.
void copy_part(const Tensor& from, Tensor& to, const Blocks& whole, const Blocks& part,
               int64_t first, bool from_whole) {
  dispatch_sizes(from.type(), [&]<typename T>() {
    const int64_t run = part.extent * part.inner;
    for (int64_t outer = 0; outer < part.outer; ++outer) {
      const int64_t in_whole = (outer * whole.extent + first) * whole.inner;
      const int64_t in_part = outer * run;
      std::copy_n(elements_of<T>(from) + (from_whole ? in_whole : in_part), run,
                  elements_of<T>(to) + (from_whole ? in_part : in_whole));
    }
  });
}

std::vector<int64_t> part_extents(Context c, int64_t whole) {
  if (!c.has_input(1)) return std::vector<int64_t>(static_cast<size_t>(whole), 1);
  std::vector<int64_t> given = as_int64(c.tensor(1));
  for (const int64_t extent : given) {
    check(extent >= 0, "'split' has the negative entry ", extent);
  }
  if (c.tensor(1).rank() == 0) {
    const int64_t size = given[0];
    check(size > 0, "'split' is ", size);
    given.assign(static_cast<size_t>(whole / size), size);
    if (whole % size != 0) given.push_back(whole % size);
    return given;
  }
  int64_t sum = 0;
  for (const int64_t extent : given) {
    check(extent <= whole - sum, "the parts of 'split' add up to more than ", whole);
    sum += extent;
  }
  check(sum == whole, "the parts of 'split' add up to ", sum, ", the input has ", whole);
  return given;
}

std::vector<Datum> split(Context c) {
  const Tensor& x = c.tensor(0);
  const int64_t axis = normalized_axis(c.attributes().integer("axis"), x.rank());
  const bool squeezed = !c.has_input(1) && !c.attributes().flag("keepdims");
  const Blocks whole = blocks_of(x.shape(), axis);
  Sequence parts;
  int64_t first = 0;
  for (const int64_t extent : part_extents(c, whole.extent)) {
    Tensor part(x.type(), with_extent(x.shape(), axis, extent));
    copy_part(x, part, whole, blocks_of(part.shape(), axis), first, true);
    first += extent;
    parts.emplace_back(squeezed ? part.reshaped(without_axis(part.shape(), axis)) : part);
  }
  return one(std::move(parts));
}

std::vector<Datum> concat(Context c) {
  const Sequence& items = c.input(0).sequence();
  check(!items.empty(), "an empty sequence cannot be concatenated");
  const bool stacks = c.attributes().flag("new_axis");
  const Tensor& front = items[0].tensor();
  const int64_t axis =
      normalized_axis(c.attributes().integer("axis"), front.rank() + (stacks ? 1 : 0));
  const auto shape_of = [&](const Tensor& tensor) {
    std::vector<int64_t> extents(tensor.shape().begin(), tensor.shape().end());
    if (stacks) extents.insert(extents.begin() + axis, 1);
    return Shape(std::move(extents));
  };
  int64_t extent = 0;
  for (const Datum& item : items) {
    const Tensor& tensor = item.tensor();
    const bool fits =
        tensor.type() == front.type() && tensor.rank() == front.rank() &&
        with_extent(shape_of(tensor), axis, 0) == with_extent(shape_of(front), axis, 0);
    check(fits, "items of shapes ", front.shape(), " and ", tensor.shape(),
          " cannot be concatenated along axis ", axis);
    extent += shape_of(tensor)[axis];
  }
  Tensor result(front.type(), with_extent(shape_of(front), axis, extent));
  const Blocks whole = blocks_of(result.shape(), axis);
  int64_t first = 0;
  for (const Datum& item : items) {
    const Blocks part = blocks_of(shape_of(item.tensor()), axis);
    copy_part(item.tensor(), result, whole, part, first, false);
    first += part.extent;
  }
  return {std::move(result)};
}

}  // namespace

std::vector<KernelRow> reference_sequence_kernels() {
  return {
      {.op = "SequenceConstruct", .evaluate = construct},
      {.op = "SequenceEmpty", .evaluate = empty},
      {.op = "SequenceAt", .evaluate = at},
      {.op = "SequenceInsert", .evaluate = insert},
      {.op = "SequenceErase", .evaluate = erase},
      {.op = "SequenceLength", .evaluate = length},
      {.op = "SplitToSequence", .evaluate = split},
      {.op = "ConcatFromSequence", .evaluate = concat},
  };
}

}  // namespace twingrad
