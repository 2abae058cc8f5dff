#include "importers/pt2/ops/formulas.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "ir/error.h"

namespace twingrad::aten {
namespace {

// How PyTorch ranks types: those of tensors with axes above those of scalars above numbers.
struct Candidates {
  DataType tensors = DataType::kUndefined;
  DataType scalars = DataType::kUndefined;
  DataType numbers = DataType::kUndefined;
};

int width(DataType type) {
  return stored_bits(type);
}

DataType joined(DataType a, DataType b) {
  if (a == DataType::kUndefined || a == b) return b;
  if (b == DataType::kUndefined || b == DataType::kBool) return a;
  if (a == DataType::kBool) return b;
  if (is_floating_point(a) != is_floating_point(b)) return is_floating_point(a) ? a : b;
  if (width(a) != width(b)) {
    const DataType wide = width(a) > width(b) ? a : b;
    const DataType narrow = width(a) > width(b) ? b : a;
    const bool unsigned_wide = is_integer(wide) && !is_signed_integer(wide);
    if (!unsigned_wide || !is_signed_integer(narrow)) return wide;
  }
  if (is_floating_point(a)) return DataType::kFloat;  // float16 and bfloat16
  return width(a) <= 8 && width(b) <= 8 ? DataType::kInt16 : DataType::kInt64;
}

DataType combined(DataType higher, DataType lower) {
  if (higher == DataType::kUndefined) return lower;
  if (is_floating_point(higher)) return higher;
  if (higher == DataType::kBool || is_floating_point(lower)) return joined(higher, lower);
  return higher;
}

}  // namespace

Expr self(const AtenCall& call) {
  return call.tensor("self");
}

Expr integer_scalar(Builder& builder, int64_t value) {
  return {builder, builder.constant(Tensor::scalar(value))};
}

Expr integer_vector(Builder& builder, std::span<const int64_t> values) {
  return {builder,
          builder.constant(Tensor::of<int64_t>({static_cast<int64_t>(values.size())}, values))};
}

Expr as_vector(Expr scalar) {
  return reshape(scalar, std::array{int64_t{1}});
}

Expr extent_along(Expr x, int64_t axis) {
  const Dimension& extent = x.shape()[axis];
  if (extent.known()) return integer_scalar(x.builder(), extent.extent);
  return gather(x.apply("Shape"), integer_scalar(x.builder(), axis), 0);
}

Expr count_along(Expr x, std::span<const int64_t> axes, DataType type) {
  Expr count = integer_scalar(x.builder(), 1);
  int64_t known = 1;
  for (const int64_t axis : axes) {
    const Dimension& extent = x.shape()[axis];
    if (extent.known()) {
      known *= extent.extent;
    } else {
      count = count * extent_along(x, axis);
    }
  }
  const Expr fixed(x.builder(),
                   x.builder().constant(Tensor::filled(type, {}, static_cast<double>(known))));
  if (x.builder().known(count.id()) != nullptr) return fixed;
  return cast(count, type) * fixed;
}

Expr filled(Expr shape, DataType type, double value) {
  return shape.apply("ConstantOfShape", {}, {{"value", Tensor::filled(type, {1}, value)}});
}

Expr stop_gradient(Expr x) {
  Builder& builder = x.builder();
  const bool recording = builder.recording();
  builder.set_recording(false);
  const Expr result = x.apply("Identity");
  builder.set_recording(recording);
  return result;
}

Expr swapped_axes(Expr x, int64_t a, int64_t b) {
  if (a == b) return x;
  std::vector<int64_t> order = all_axes(x.rank());
  std::swap(order[static_cast<size_t>(a)], order[static_cast<size_t>(b)]);
  return transpose(x, order);
}

Expr moved_axis(Expr x, int64_t from, int64_t to) {
  if (from == to) return x;
  std::vector<int64_t> order = all_axes(x.rank());
  order.erase(order.begin() + from);
  order.insert(order.begin() + to, from);
  return transpose(x, order);
}

Expr expand_to(Expr x, Expr shape) {
  return x.apply("Expand", {shape});
}

std::vector<int64_t> all_axes(int64_t rank) {
  std::vector<int64_t> axes(static_cast<size_t>(rank));
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
}

int64_t axis_of(const AtenCall& call, std::string_view name, int64_t rank) {
  // PyTorch takes axis 0 and -1 of scalars.
  const int64_t axis = call.integer(name);
  return rank == 0 && (axis == 0 || axis == -1) ? 0 : normalized_axis(axis, rank);
}

std::vector<int64_t> axes_of(const AtenCall& call, std::string_view name, int64_t rank) {
  if (call.is_none(name) || rank == 0) return all_axes(rank);
  std::vector<int64_t> axes = call.integers(name);
  if (axes.empty()) return all_axes(rank);
  for (int64_t& axis : axes) axis = normalized_axis(axis, rank);
  std::ranges::sort(axes);
  check(std::ranges::adjacent_find(axes) == axes.end(), "an axis is named twice");
  return axes;
}

Expr wrapped_index(Expr index, Expr base, int64_t axis) {
  const Tensor* known = index.builder().known(index.id());
  if (known != nullptr && known->data<int64_t>()[0] >= 0) return index;
  const Expr extent = extent_along(base, axis);
  return known != nullptr ? index + extent : where(index < index.like(0), index + extent, index);
}

namespace {

Expr slice_bound(const AtenCall& call, std::string_view name, Expr base, int64_t axis,
                 bool at_end) {
  const Expr extent = extent_along(base, axis);
  if (call.is_none(name)) return at_end ? extent : extent.like(0);
  const Expr wrapped = wrapped_index(call.extent(name), base, axis);
  return wrapped.apply("Max", {extent.like(0)}).apply("Min", {extent});
}

}  // namespace

Expr slice_start(const AtenCall& call, Expr base, int64_t axis) {
  return slice_bound(call, "start", base, axis, false);
}

Expr slice_end(const AtenCall& call, Expr base, int64_t axis) {
  return slice_bound(call, "end", base, axis, true);
}

Expr scattered_slice(Expr base, Expr part, int64_t axis, Expr start, Expr end, int64_t step) {
  const Expr range = start.apply("Range", {end, integer_scalar(base.builder(), step)});
  const std::array last = {int64_t{1}};
  const Expr to = moved_axis(base, axis, 0);
  const Expr from = cast(moved_axis(part, axis, 0), base.element());
  return moved_axis(to.apply("ScatterND", {unsqueeze(range, last), from}), 0, axis);
}

DataType promoted_type(const AtenCall& call, std::initializer_list<std::string_view> names) {
  Candidates found;
  for (const std::string_view name : names) {
    if (call.is_number(name)) {
      const TorchNumber::Kind kind = call.number(name).kind;
      const DataType type = kind == TorchNumber::Kind::kReal      ? DataType::kFloat
                            : kind == TorchNumber::Kind::kInteger ? DataType::kInt64
                                                                  : DataType::kBool;
      found.numbers = joined(found.numbers, type);
    } else {
      const Expr x = call.tensor(name);
      DataType& level = x.rank() == 0 ? found.scalars : found.tensors;
      level = joined(level, x.element());
    }
  }
  return combined(combined(found.tensors, found.scalars), found.numbers);
}

bool fits_attribute(double value, DataType type) {
  return type != DataType::kDouble || static_cast<double>(static_cast<float>(value)) == value;
}

Expr sum_all(Expr x) {
  return reduce_sum(x, all_axes(x.rank()), false);
}

// 2 atanh(x / (2 + x)) keeps the digits of small x; far from 0 it would lose them.
Expr reduced(const AtenCall& call, Expr loss) {
  const int64_t how = call.integer("reduction");
  check(how >= 0 && how < 3, "unknown reduction ", how);
  if (how == 0) return loss;
  const Expr sum = sum_all(loss);
  return how == 2 ? sum : sum / count_along(loss, all_axes(loss.rank()), loss.element());
}

Expr log1p(Expr x) {
  const Expr small = x.apply("Abs") < x.like(0.5);
  const Expr near = where(small, x, x.like(0));
  const Expr far = where(small, x.like(0), x);
  return where(small, (near / (near + 2)).apply("Atanh") * 2, log(far + 1));
}

Expr softmax(Expr x, int64_t axis) {
  if (x.rank() == 0) return ones_as(x);
  return x.apply("Softmax", {}, {{"axis", axis}});
}

Expr dropped(Expr x, double probability) {
  Builder& builder = x.builder();
  const Expr training(builder, builder.constant(Tensor::scalar(true)));
  return x.apply("Dropout", {x.like(probability), training});
}

}  // namespace twingrad::aten
