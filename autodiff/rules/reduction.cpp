#include <algorithm>
#include <numeric>

#include "autodiff/rules/tables.h"
#include "ir/error.h"

namespace twingrad {
namespace {

using Context = const RuleContext&;

// The axes that the node reduces, in [0, rank), ascending; nullopt where they are not known.
std::optional<std::vector<int64_t>> reduced_axes(Context c) {
  if (!c.x().type().shape) return std::nullopt;
  const int64_t rank = c.x().rank();
  std::vector<int64_t> axes;
  if (c.has_x(1)) {
    const Tensor* given = c.builder().known(c.x(1).id());
    const auto contents = c.builder().contents(c.x(1).id());
    if (given == nullptr && (!contents || !contents->known())) return std::nullopt;
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

// The reduction of `x` by the node's axes, with them kept: its shape is what only the values of the
// axes tell.
Expr reduced_with_axes_kept(Context c, std::string_view op, Expr x) {
  Attributes attributes = c.attributes();
  attributes.set("keepdims", int64_t{1});
  return c.has_x(1) ? x.apply(op, {c.x(1)}, attributes) : x.apply(op, {}, attributes);
}

// A value of the output's shape with the reduced axes back, of extent 1.
Expr with_reduced_axes(Context c, Expr value) {
  if (c.attributes().flag("keepdims")) return value;
  if (const auto axes = reduced_axes(c)) return unsqueeze(value, *axes);
  return reshape(value, reduced_with_axes_kept(c, c.node().op->name, c.x()).apply("Shape"));
}

Expr sum_x(Context c) {
  return expand_as(with_reduced_axes(c, c.g()), c.x());
}

// The number of elements behind one output, a scalar of the input's element type.
Expr reduced_count(Context c) {
  const Expr x = c.x();
  const auto axes = reduced_axes(c);
  double count = 1;
  bool known = axes.has_value();
  for (size_t i = 0; known && i < axes->size(); ++i) {
    const Dimension& extent = x.shape()[(*axes)[i]];
    known = extent.known();
    count *= static_cast<double>(extent.extent);
  }
  if (known) return x.like(count);
  const Expr results = c.y().apply("Size");
  return cast(x.apply("Size") / results.apply("Max", {results.like(1)}), x.element());
}

Expr mean_x(Context c) {
  return sum_x(c) / reduced_count(c);
}

// Every framework splits ties of a reduction evenly (torch's max along a dimension, which takes the
// first, is an operator of its own there).
Expr extremum_x(Context c) {
  const Expr y = with_reduced_axes(c, c.y());
  const Expr chosen = cast(equal(c.x(), y), y.element());
  const Expr count = reduced_with_axes_kept(c, "ReduceSum", chosen);
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
