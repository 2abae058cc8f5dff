#include <array>

#include "importers/pt2/ops/complex_pairs.h"
#include "importers/pt2/ops/families.h"
#include "importers/pt2/ops/formulas.h"
#include "ir/error.h"

namespace twingrad::aten {
namespace {

std::vector<int64_t> transformed_axes(Call c, int64_t rank) {
  std::vector<int64_t> axes = c.integers("dim");
  check(!axes.empty(), "no axis");
  for (int64_t& axis : axes) axis = normalized_axis(axis, rank);
  return axes;
}

Expr real_to_complex(Call c) {
  const Expr x = c.tensor("self");
  const std::vector<int64_t> axes = transformed_axes(c, x.rank());
  Expr y = unsqueeze(x, std::array{x.rank()});
  y = transform(y, axes.back(), false, c.flag("onesided"));
  for (size_t i = 0; i + 1 < axes.size(); ++i) y = transform(y, axes[i], false, false);
  return normalized(y, c.integer("normalization"), count_along(x, axes, DataType::kInt64));
}

Expr complex_to_complex(Call c) {
  Expr y = c.tensor("self");
  const std::vector<int64_t> axes = transformed_axes(c, y.rank() - 1);
  for (const int64_t axis : axes) y = transform(y, axis, !c.flag("forward"), false);
  return normalized(y, c.integer("normalization"), count_along(y, axes, DataType::kInt64));
}

Expr complex_to_real(Call c) {
  Expr y = c.tensor("self");
  const std::vector<int64_t> axes = transformed_axes(c, y.rank() - 1);
  for (size_t i = 0; i + 1 < axes.size(); ++i) y = transform(y, axes[i], true, false);
  const Expr result = transform_to_real(y, axes.back(), c.integer("last_dim_size"));
  return normalized(result, c.integer("normalization"),
                    count_along(result, axes, DataType::kInt64));
}

Expr complex_from_parts(Call c) {
  return pair_of(c.tensor("real"), c.tensor("imag"));
}

Expr from_polar(Call c) {
  const Expr size = c.tensor("abs");
  const Expr angle = c.tensor("angle");
  return pair_of(size * angle.apply("Cos"), size * angle.apply("Sin"));
}

Expr only_part(Call c, int64_t index) {
  return c.is_complex("self") ? part(c.tensor("self"), index) : c.tensor("self");
}

}  // namespace

std::vector<AtenRow> spectral_rows() {
  return {
      {"aten._fft_r2c.default", "self, dim, normalization, onesided", real_to_complex},
      {"aten._fft_c2c.default", "self, dim, normalization, forward", complex_to_complex},
      {"aten._fft_c2r.default", "self, dim, normalization, last_dim_size", complex_to_real},
      {"aten.view_as_real.default aten.view_as_complex.default aten.view_as_real_copy.default "
       "aten.view_as_complex_copy.default",
       "self", [](Call c) { return c.tensor("self"); }},
      {"aten.complex.default", "real, imag", complex_from_parts},
      {"aten.polar.default", "abs, angle", from_polar},
      {"aten.real.default", "self", [](Call c) { return only_part(c, 0); }},
      {"aten.imag.default", "self", [](Call c) { return only_part(c, 1); }},
      {"aten.conj.default aten._conj.default aten.conj_physical.default "
       "aten._conj_physical.default",
       "self",
       [](Call c) {
         const Expr x = c.tensor("self");
         return c.is_complex("self") ? pair_of(part(x, 0), -part(x, 1)) : x;
       }},
  };
}

}  // namespace twingrad::aten
