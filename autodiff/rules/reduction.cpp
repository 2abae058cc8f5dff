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

// The product of what stands beside each element on its line, before it and behind it.
Expr product_beside(Expr x, int64_t axis) {
  const Expr along(x.builder(), x.builder().constant(Tensor::scalar(axis)));
  const auto from = [&](int64_t reverse) {
    return x.apply("CumProd", {along}, {{"exclusive", int64_t{1}}, {"reverse", reverse}});
  };
  return from(0) * from(1);
}

// The same as below where only values tell the axes: those along which the reduced shape differs.
Expr product_of_unknown_axes(Context c) {
  const Expr x = c.x();
  const Expr reduced = reduced_with_axes_kept(c, "ReduceProd", x).apply("Shape");
  const Expr stretched = logical_not(equal(reduced, x.apply("Shape")));
  const int64_t first = 0;
  Expr g = with_reduced_axes(c, c.g());
  Expr part = x;
  for (int64_t axis = x.rank(); axis-- > 0;) {
    const Expr place = x.integers({axis});
    const Expr chosen = gather(stretched, place, 0);
    g = g * where(chosen, product_beside(part, axis), x.like(1));
    const Expr axes = place.apply("Add", {squeeze(chosen.apply("NonZero"), std::span(&first, 1))});
    part = part.apply("ReduceProd", {axes}, {{"noop_with_empty_axes", int64_t{1}}});
  }
  return g;
}

// The product of the other elements, exact where some are zero: with the axes reduced one after the
// other, from the last, it is the product over the axes of what stands beside the element.
Expr product_x(Context c) {
  const auto axes = reduced_axes(c);
  if (!axes) return product_of_unknown_axes(c);
  Expr g = with_reduced_axes(c, c.g());
  Expr part = c.x();
  for (size_t i = axes->size(); i-- > 0;) {
    const int64_t axis = (*axes)[i];
    g = g * product_beside(part, axis);
    if (i > 0) part = part.apply("ReduceProd", {part.integers({axis})});
  }
  return g;
}

// |x|' at 0: 0; JAX's select(x >= 0) gives 1.
Expr absolute_sum_x(Context c) {
  const Expr x = c.x();
  const Expr g = with_reduced_axes(c, c.g());
  if (c.convention() != Convention::kJax) return x.apply("Sign") * g;
  return where(x >= x.like(0), g, -g);
}

// At the zero vector torch's mask, and any subgradient of a norm, gives 0; the formula x / |x| that
// TensorFlow and JAX evaluate there, NaN.
Expr norm_x(Context c) {
  const Expr y = with_reduced_axes(c, c.y());
  const Expr g = with_reduced_axes(c, c.g());
  if (c.convention() == Convention::kTensorflow || c.convention() == Convention::kJax) {
    return c.x() * (g / y);
  }
  const Expr none = equal(y, y.like(0));
  return c.x() * where(none, y.like(0), g / where(none, y.like(1), y));
}

Expr log_sum_x(Context c) {
  return expand_as(with_reduced_axes(c, c.g()) / reduced_with_axes_kept(c, "ReduceSum", c.x()),
                   c.x());
}

Expr log_sum_exp_x(Context c) {
  return exp(c.x() - with_reduced_axes(c, c.y())) * with_reduced_axes(c, c.g());
}

Expr sum_square_x(Context c) {
  return c.x() * (with_reduced_axes(c, c.g()) * 2);
}

}  // namespace

std::vector<DerivativeRow> reduction_derivatives() {
  return {
      {"ReduceSum", {sum_x, nullptr}},
      {"ReduceMean", {mean_x, nullptr}},
      {"ReduceMax", {extremum_x, nullptr}},
      {"ReduceMin", {extremum_x, nullptr}},
      {"ReduceProd", {product_x, nullptr}},
      {"ReduceL1", {absolute_sum_x, nullptr}},
      {"ReduceL2", {norm_x, nullptr}},
      {"ReduceLogSum", {log_sum_x, nullptr}},
      {"ReduceLogSumExp", {log_sum_exp_x, nullptr}},
      {"ReduceSumSquare", {sum_square_x, nullptr}},
      {"ArgMax", {nullptr}},
      {"ArgMin", {nullptr}},
  };
}

}  // namespace twingrad
