#include <algorithm>
#include <numeric>

#include "autodiff/rules/tables.h"
#include "ir/error.h"

namespace twingrad {
namespace {

using Context = const RuleContext&;

// The axes that the node reduces, in [0, rank), ascending.
std::vector<int64_t> reduced_axes(Context c) {
  const int64_t rank = c.x().rank();
  std::vector<int64_t> axes;
  if (c.has_x(1)) {
    const Tensor* given = c.builder().known(c.x(1).id());
    const auto contents = c.builder().contents(c.x(1).id());
    if (given == nullptr && (!contents || !contents->known())) {
      fail_unsupported("the gradient of a reduction needs axes that are known beforehand");
    }
    for (const int64_t axis : given ? as_int64(*given) : contents->shape().extents()) {
      axes.push_back(normalized_axis(axis, rank));
    }
  }
  if (axes.empty() && !c.attributes().flag("noop_with_empty_axes")) {
    axes.resize(static_cast<size_t>(rank));
    std::iota(axes.begin(), axes.end(), 0);
  }
  std::ranges::sort(axes);
  return axes;
}

// A value of the output's shape with the reduced axes back, of extent 1.
Expr with_reduced_axes(Context c, Expr value) {
  return c.attributes().flag("keepdims") ? value : unsqueeze(value, reduced_axes(c));
}

Expr sum_x(Context c) {
  return expand_as(with_reduced_axes(c, c.g()), c.x());
}

// The number of elements behind one output, a scalar of the input's element type.
Expr reduced_count(Context c) {
  const Expr x = c.x();
  const std::vector<int64_t> axes = reduced_axes(c);
  double count = 1;
  bool known = true;
  for (const int64_t axis : axes) {
    known = known && x.shape()[axis].known();
    count *= static_cast<double>(x.shape()[axis].extent);
  }
  if (known) return x.like(count);
  const Expr extents = gather(x.apply("Shape"), x.integers(axes), 0);
  Expr product = gather(extents, x.integers({0}), 0);
  for (int64_t i = 1; i < static_cast<int64_t>(axes.size()); ++i) {
    product = product * gather(extents, x.integers({i}), 0);
  }
  const int64_t first = 0;
  return squeeze(cast(product, x.element()), std::span(&first, 1));
}

Expr mean_x(Context c) {
  return sum_x(c) / reduced_count(c);
}

// Every framework splits ties of a reduction evenly (torch's max along a dimension, which takes the
// first, is an operator of its own there).
Expr extremum_x(Context c) {
  const Expr y = with_reduced_axes(c, c.y());
  const Expr chosen = cast(equal(c.x(), y), y.element());
  const Expr count = reduce_sum(chosen, reduced_axes(c), true);
  return chosen * (with_reduced_axes(c, c.g()) / count);
}

}  // namespace

std::vector<DerivativeRow> reduction_derivatives() {
  return {
      {"ReduceSum", {sum_x, nullptr}},
      {"ReduceMean", {mean_x, nullptr}},
      {"ReduceMax", {extremum_x, nullptr}},
      {"ReduceMin", {extremum_x, nullptr}},
      {"ArgMax", {nullptr}},
      {"ArgMin", {nullptr}},
  };
}

}  // namespace twingrad
