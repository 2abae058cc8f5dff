#include <algorithm>
#include <array>

#include "importers/pt2/ops/complex_pairs.h"
#include "importers/pt2/ops/families.h"
#include "importers/pt2/ops/formulas.h"
#include "ir/error.h"

namespace twingrad::aten {
namespace {

// torch.fft's functions, which a fresh export keeps.

Expr pairs_of(Call c) {
  const Expr x = c.tensor("self");
  if (c.is_complex("self")) return x;
  const Expr real = is_floating_point(x.element()) ? x : cast(x, DataType::kFloat);
  return pair_of(real, zeros_as(real));
}

// What PyTorch divides by: the count for the inverse unless `norm` says otherwise.
int64_t division(Call c, bool inverse) {
  const std::string norm = c.is_none("norm") ? "backward" : c.text("norm");
  if (norm == "ortho") return 1;
  check(norm == "backward" || norm == "forward", "unknown norm ", quoted_name(norm));
  return (norm == "backward") == inverse ? 2 : 0;
}

// x with `size` elements along the axis: cut, or with zeros behind.
Expr resized(Expr x, int64_t axis, int64_t size) {
  check(size > 0, "a transform of ", size, " elements");
  const Dimension& extent = x.shape()[axis];
  if (extent.is(size)) return x;
  if (!extent.known()) fail_unsupported("an extent is not known");
  if (extent.extent > size) return slice(x, axis, 0, size);
  std::vector<int64_t> pads(static_cast<size_t>(2 * x.rank()), 0);
  pads[static_cast<size_t>(x.rank() + axis)] = size - extent.extent;
  return x.apply("Pad", {x.integers(pads)});
}

// One axis, `n` elements of it.
Expr along_axis(Call c, bool inverse, bool onesided) {
  Expr x = pairs_of(c);
  const int64_t axis = axis_of(c, "dim", x.rank() - 1);
  if (!c.is_none("n")) x = resized(x, axis, c.integer("n"));
  const Expr count = extent_along(x, axis);
  if (onesided) x = unsqueeze(part(x, 0), std::array{x.rank() - 1});
  return normalized(transform(x, axis, inverse, onesided), division(c, inverse), count);
}

Expr to_real(Call c) {
  Expr x = pairs_of(c);
  const int64_t axis = axis_of(c, "dim", x.rank() - 1);
  const Dimension& half = x.shape()[axis];
  if (!half.known() && c.is_none("n")) fail_unsupported("an extent is not known");
  const int64_t size = c.is_none("n") ? 2 * (half.extent - 1) : c.integer("n");
  x = resized(x, axis, size / 2 + 1);
  return normalized(transform_to_real(x, axis, size), division(c, true),
                    integer_scalar(c.builder(), size));
}

std::vector<int64_t> several_axes(Call c, int64_t rank) {
  std::vector<int64_t> axes = c.is_none("dim") ? all_axes(rank) : c.integers("dim");
  for (int64_t& axis : axes) axis = normalized_axis(axis, rank);
  return axes;
}

Expr along_axes(Call c, bool inverse) {
  Expr x = pairs_of(c);
  if (!c.is_none("s")) fail_unsupported("sizes of a transform of several axes");
  const std::vector<int64_t> axes = several_axes(c, x.rank() - 1);
  for (const int64_t axis : axes) x = transform(x, axis, inverse, false);
  return normalized(x, division(c, inverse), count_along(x, axes, DataType::kInt64));
}

Expr real_along_axes(Call c) {
  const Expr x = c.tensor("self");
  if (!c.is_none("s")) fail_unsupported("sizes of a transform of several axes");
  const std::vector<int64_t> axes = several_axes(c, x.rank());
  Expr y = transform(unsqueeze(x, std::array{x.rank()}), axes.back(), false, true);
  for (size_t i = 0; i + 1 < axes.size(); ++i) y = transform(y, axes[i], false, false);
  return normalized(y, division(c, false), count_along(x, axes, DataType::kInt64));
}

// The middle to the front, or back.
Expr frequencies_shifted(Call c, bool inverse) {
  Expr x = c.tensor("self");
  for (const int64_t axis : several_axes(c, x.rank() - (c.is_complex("self") ? 1 : 0))) {
    const Expr extent = extent_along(x, axis);
    const Expr half = extent / extent.like(2);
    const Expr cut = as_vector(inverse ? half : extent - half);
    const std::array parts = {x.apply("Slice", {cut, x.integers({INT64_MAX}), x.integers({axis})}),
                              x.apply("Slice", {x.integers({0}), cut, x.integers({axis})})};
    x = concat(parts, axis);
  }
  return x;
}

}  // namespace

std::vector<AtenRow> fourier_rows() {
  constexpr std::string_view kOne = "self, n=None, dim=-1, norm=None";
  constexpr std::string_view kSeveral = "self, s=None, dim=None, norm=None";
  return {
      {"aten.fft_fft.default", kOne, [](Call c) { return along_axis(c, false, false); }},
      {"aten.fft_ifft.default", kOne, [](Call c) { return along_axis(c, true, false); }},
      {"aten.fft_rfft.default", kOne, [](Call c) { return along_axis(c, false, true); }},
      {"aten.fft_irfft.default", kOne, to_real},
      {"aten.fft_fftn.default", kSeveral, [](Call c) { return along_axes(c, false); }},
      {"aten.fft_ifftn.default", kSeveral, [](Call c) { return along_axes(c, true); }},
      {"aten.fft_rfftn.default", kSeveral, real_along_axes},
      {"aten.fft_fft2.default", "self, s=None, dim=[-2;-1], norm=None",
       [](Call c) { return along_axes(c, false); }},
      {"aten.fft_ifft2.default", "self, s=None, dim=[-2;-1], norm=None",
       [](Call c) { return along_axes(c, true); }},
      {"aten.fft_rfft2.default", "self, s=None, dim=[-2;-1], norm=None", real_along_axes},
      {"aten.fft_fftshift.default", "self, dim=None",
       [](Call c) { return frequencies_shifted(c, false); }},
      {"aten.fft_ifftshift.default", "self, dim=None",
       [](Call c) { return frequencies_shifted(c, true); }},
  };
}

}  // namespace twingrad::aten
