#include "autodiff/rules/scattered_rows.h"

namespace twingrad {

Expr scattered_rows(Expr x, Expr indices, Expr g, int64_t axis) {
  // ScatterElements has an index for every element: those along the axis, repeated over the others.
  std::vector<int64_t> along(static_cast<size_t>(x.rank()), 1);
  along[static_cast<size_t>(normalized_axis(axis, x.rank()))] = -1;
  const Expr spread = reshape(indices, along).apply("Expand", {shape_of(g)});
  return zeros_as(x).apply("ScatterElements", {spread, g},
                           {{"axis", axis}, {"reduction", std::string("add")}});
}

}  // namespace twingrad
