#include "ir/ops/extents.h"

#include "ir/error.h"

namespace twingrad {

Expr extent_of(Expr x, int64_t axis) {
  axis = normalized_axis(axis, x.rank());
  const Dimension& extent = x.shape()[axis];
  if (extent.known()) return x.integers({extent.extent});
  return x.apply("Shape", {}, {{"start", axis}, {"end", axis + 1}});
}

Expr extents_before(Expr x, int64_t axis) {
  axis = normalized_axis(axis, x.rank());
  std::vector<int64_t> known;
  for (int64_t k = 0; k < axis && x.shape()[k].known(); ++k) known.push_back(x.shape()[k].extent);
  if (std::ssize(known) == axis) return x.integers(known);
  return x.apply("Shape", {}, {{"start", int64_t{0}}, {"end", axis}});
}

Expr joined(std::initializer_list<Expr> parts) {
  std::vector<int64_t> numbers;
  bool known = true;
  for (const Expr& part : parts) {
    const Tensor* data = part.builder().known(part.id());
    known = known && data != nullptr;
    if (!known) break;
    for (const int64_t value : as_int64(*data)) numbers.push_back(value);
  }
  if (known) return parts.begin()->integers(numbers);
  return concat(std::span(parts.begin(), parts.size()), 0);
}

Expr multiple(Expr extents, int64_t factor) {
  const Tensor* data = extents.builder().known(extents.id());
  if (data == nullptr) return extents * extents.integers({factor});
  std::vector<int64_t> values = as_int64(*data);
  for (int64_t& value : values) value *= factor;
  return extents.integers(values);
}

Expr counted(Expr count) {
  const std::vector<int64_t> first = {0};
  const Expr zero(count.builder(), count.builder().constant(Tensor::scalar<int64_t>(0)));
  const Expr one(count.builder(), count.builder().constant(Tensor::scalar<int64_t>(1)));
  return zero.apply("Range", {squeeze(count, first), one});
}

Expr padded_last(Expr x, Expr length, double value) {
  const Dimension& have = x.shape()[x.rank() - 1];
  const auto want = x.builder().contents(length.id());
  if (want && want->rank() == 1 && have.same_as((*want)[0])) return x;
  Expr shape = length - extent_of(x, -1);
  if (x.rank() > 1) shape = joined({extents_before(x, -1), shape});
  const Expr rest =
      shape.apply("ConstantOfShape", {}, {{"value", Tensor::filled(x.element(), {1}, value)}});
  const std::vector<Expr> parts = {x, rest};
  return concat(parts, -1);
}

Expr split_heads(Expr x, int64_t heads) {
  const Dimension& hidden = x.shape()[2];
  const int64_t size = hidden.known() ? hidden.extent / heads : -1;
  return reshape(x, joined({extent_of(x, 0), extent_of(x, 1), x.integers({heads, size})}));
}

Expr merge_heads(Expr x) {
  const Dimension& heads = x.shape()[2];
  const Dimension& size = x.shape()[3];
  const int64_t hidden = heads.known() && size.known() ? heads.extent * size.extent : -1;
  return reshape(x, joined({extent_of(x, 0), extent_of(x, 1), x.integers({hidden})}));
}

}  // namespace twingrad
