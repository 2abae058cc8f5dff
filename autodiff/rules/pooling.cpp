#include "autodiff/rules/tables.h"

namespace twingrad {
namespace {

using Context = const RuleContext&;

Attributes window_of(Context c) {
  Attributes attributes = c.attributes();
  attributes.erase("storage_order");
  return attributes;
}

Expr max_pool_x(Context c) {
  return c.x().apply("MaxPoolGradient", {c.g()}, window_of(c), kInternalDomain);
}

// The elements of the cotangent at the maxima, which the pooling finds again.
Expr max_pool_gradient_dy(Context c) {
  NodeSpec spec;
  spec.op = "MaxPool";
  spec.inputs = {c.x(0).id()};
  spec.attributes = c.attributes();
  spec.output_count = 2;
  const Expr indices(c.builder(), c.builder().emit(std::move(spec))[1]);
  const std::vector<int64_t> flat = {-1};
  return gather(reshape(c.g(), flat), indices, 0);
}

// The maxima of a plane share its gradient evenly; in torch the first has all of it.
Expr global_max_pool_x(Context c) {
  const Expr x = c.x();
  if (c.convention() == Convention::kTorch && x.type().is_static() && x.rank() > 2) {
    const Shape shape = x.shape().shape();
    const std::vector<int64_t> kernel(shape.begin() + 2, shape.end());
    return x.apply("MaxPoolGradient", {c.g()}, {{"kernel_shape", kernel}}, kInternalDomain);
  }
  std::vector<int64_t> axes;
  for (int64_t axis = 2; axis < x.rank(); ++axis) axes.push_back(axis);
  const Expr chosen = cast(equal(x, c.y()), x.element());
  return chosen * (c.g() / reduce_sum(chosen, axes, true));
}

Expr average_pool_x(Context c) {
  return c.g().apply("AveragePoolGradient", {shape_of(c.x())}, c.attributes(), kInternalDomain);
}

Expr average_pool_gradient_dy(Context c) {
  return c.g().apply("AveragePool", {}, c.attributes());
}

}  // namespace

std::vector<DerivativeRow> pooling_derivatives() {
  return {
      {"MaxPool", {max_pool_x}},
      {"MaxPoolGradient", {nullptr, max_pool_gradient_dy}, nullptr, kInternalDomain},
      {"GlobalMaxPool", {global_max_pool_x}},
      {"AveragePool", {average_pool_x}},
      {"AveragePoolGradient", {average_pool_gradient_dy, nullptr}, nullptr, kInternalDomain},
  };
}

}  // namespace twingrad
