#include "importers/pt2/ops/complex_pairs.h"

#include <array>

#include "importers/pt2/ops/formulas.h"
#include "ir/error.h"

namespace twingrad::aten {

Expr part(Expr pairs, int64_t index) {
  return gather(pairs, integer_scalar(pairs.builder(), index), pairs.rank() - 1);
}

Expr pair_of(Expr real, Expr imaginary) {
  const std::array last = {real.rank()};
  const std::array parts = {unsqueeze(real, last), unsqueeze(imaginary, last)};
  return concat(parts, real.rank());
}

Expr complex_product(Expr a, Expr b) {
  const Expr real = part(a, 0) * part(b, 0) - part(a, 1) * part(b, 1);
  return pair_of(real, part(a, 0) * part(b, 1) + part(a, 1) * part(b, 0));
}

Expr complex_magnitude(Expr pairs) {
  return pairs.apply("ReduceL2", {pairs.integers({-1})}, {{"keepdims", int64_t{0}}});
}

Expr complex_angle(Expr pairs) {
  return arc_tangent(part(pairs, 1), part(pairs, 0));
}

Expr normalized(Expr x, int64_t mode, Expr count) {
  if (mode == 0) return x;
  check(mode == 1 || mode == 2, "normalization ", mode);
  const Expr n = cast(count, x.element());
  return x / (mode == 1 ? sqrt(n) : n);
}

Expr transform(Expr pairs, int64_t axis, bool inverse, bool onesided) {
  const Expr at = integer_scalar(pairs.builder(), axis);
  const std::vector<ValueId> inputs = {pairs.id(), kNoValue, at.id()};
  const Expr y(pairs.builder(), pairs.builder().emit_one("DFT", inputs,
                                                         {{"inverse", int64_t{inverse}},
                                                          {"onesided", int64_t{onesided}}}));
  // ONNX divides the inverse by the count.
  return inverse ? y * cast(extent_along(pairs, axis), y.element()) : y;
}

// The other half are the conjugates, backwards; the imaginary parts of the first and of the middle
// element do not count.
Expr transform_to_real(Expr half, int64_t axis, int64_t size) {
  check(size > 0 && size < int64_t{1} << 31, "a transform of ", size, " elements");
  std::vector<int64_t> index;
  Tensor sign(half.element(), {size});
  for (int64_t i = 0; i < size; ++i) {
    const bool mirrored = i > size / 2;
    index.push_back(mirrored ? size - i : i);
    set_element(sign, i, i == 0 || 2 * i == size ? 0 : mirrored ? -1 : 1);
  }
  Builder& builder = half.builder();
  const Expr whole = gather(half, integer_vector(builder, index), axis);
  std::vector<int64_t> behind;
  for (int64_t k = axis + 1; k < half.rank() - 1; ++k) behind.push_back(k - axis);
  const Expr factor = unsqueeze({builder, builder.constant(std::move(sign))}, behind);
  const Expr pairs = pair_of(part(whole, 0), part(whole, 1) * factor);
  return part(transform(pairs, axis, true, false), 0);
}

Expr arc_tangent(Expr y, Expr x) {
  const Expr zero = x.like(0);
  const Expr flat = y.apply("Abs") <= x.apply("Abs");
  const Expr origin = equal(x, zero).apply("And", {equal(y, zero)});
  const Expr below = where(origin, x.like(1), where(flat, x, y));
  const Expr angle = (where(flat, y, x) / below).apply("Atan");
  constexpr double kPi = 3.14159265358979323846;
  const Expr sign = where(y < zero, x.like(-1), x.like(1));
  const Expr turned = where(x < zero, angle + sign * kPi, angle);
  return where(flat, turned, sign * (kPi / 2) - angle);
}

}  // namespace twingrad::aten
