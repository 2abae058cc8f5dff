#include <array>

#include "ir/error.h"
#include "ir/infer.h"
#include "ir/ops/extents.h"
#include "ir/ops/tables.h"
#include "ir/ops/window_sums.h"
#include "ir/sliding_window.h"

namespace twingrad {
namespace {

int64_t exponent(const Attributes& attributes) {
  const int64_t p = attributes.integer("p");
  check(p >= 1 && p <= 1024, "a norm of order ", p);
  return p;
}

Expr power_of_magnitude(Expr x, int64_t p) {
  if (p == 1) return x.apply("Abs");
  if (p == 2) return square(x);
  return pow(x.apply("Abs"), x.like(static_cast<double>(p)));
}

// The p-th root of a sum of powers. Where the sum is 0 the norm has a kink, and by the choice of
// every framework no slope.
Expr root(Expr sum, int64_t p) {
  if (p == 1) return sum;
  const Expr none = equal(sum, sum.like(0));
  const Expr safe = where(none, sum.like(1), sum);
  const Expr whole = p == 2 ? sqrt(safe) : pow(safe, sum.like(1.0 / static_cast<double>(p)));
  return where(none, sum.like(0), whole);
}

void infer_lp_pool(InferContext& context) {
  exponent(context.attributes());
  const SlidingWindow window =
      read_sliding_window(context.attributes(), context.attributes().integers("kernel_shape"));
  const PartialShape* data = context.shape(0);
  if (data == nullptr) return;
  check(data->rank() == static_cast<int64_t>(window.rank()) + 2, "a kernel of ", window.rank(),
        " axes for an input of shape ", *data);
  PartialShape result{(*data)[0], (*data)[1]};
  for (size_t i = 0; i < window.rank(); ++i) {
    result.append(window_count(window, i, (*data)[static_cast<int64_t>(i) + 2]));
  }
  context.set_shape(0, std::move(result));
}

std::vector<ValueId> expand_lp_pool(Builder& builder, const Node& node,
                                    std::span<const ValueId> inputs) {
  const int64_t p = exponent(node.attributes);
  const Expr powers = power_of_magnitude({builder, inputs[0]}, p);
  return {root(window_sums(powers, node.attributes), p).id()};
}

void infer_global_lp_pool(InferContext& context) {
  exponent(context.attributes());
  const PartialShape* data = context.shape(0);
  if (data == nullptr) return;
  check(data->rank() >= 2, "the input must have at least 2 axes, its shape is ", *data);
  PartialShape result{(*data)[0], (*data)[1]};
  for (int64_t axis = 2; axis < data->rank(); ++axis) result.append(Dimension(1));
  context.set_shape(0, std::move(result));
}

std::vector<ValueId> expand_global_lp_pool(Builder& builder, const Node& node,
                                           std::span<const ValueId> inputs) {
  const Expr x(builder, inputs[0]);
  const int64_t p = exponent(node.attributes);
  std::vector<int64_t> axes;
  for (int64_t axis = 2; axis < x.rank(); ++axis) axes.push_back(axis);
  const Expr powers = power_of_magnitude(x, p);
  return {root(axes.empty() ? powers : reduce_sum(powers, axes, true), p).id()};
}

void infer_lp_normalization(InferContext& context) {
  const int64_t p = context.attributes().integer("p");
  check(p == 1 || p == 2, "attribute 'p' must be 1 or 2, found ", p);
  const PartialShape* shape = context.shape(0);
  if (shape != nullptr) normalized_axis(context.attributes().integer("axis"), shape->rank());
  infer_same_as_first(context);
}

std::vector<ValueId> expand_lp_normalization(Builder& builder, const Node& node,
                                             std::span<const ValueId> inputs) {
  const Expr x(builder, inputs[0]);
  const char* norm_op = node.attributes.integer("p") == 1 ? "ReduceL1" : "ReduceL2";
  const Expr norm = x.apply(norm_op, {x.integers({node.attributes.integer("axis")})});
  return {(x / where(equal(norm, norm.like(0)), norm.like(1), norm)).id()};
}

void infer_lrn(InferContext& context) {
  check(context.attributes().integer("size") >= 1, "attribute 'size' must be positive");
  const PartialShape* shape = context.shape(0);
  check(shape == nullptr || shape->rank() >= 2, "the input must have at least 2 axes");
  infer_same_as_first(context);
}

// The squares of neighbouring channels as an average over a window of the channels; an average of
// `size` counts the padding, which the formula wants.
std::vector<ValueId> expand_lrn(Builder& builder, const Node& node,
                                std::span<const ValueId> inputs) {
  const Expr x(builder, inputs[0]);
  const int64_t size = node.attributes.integer("size");
  const Expr planes = reshape(
      square(x), joined({extent_of(x, 0), x.integers({1}), extent_of(x, 1), x.integers({-1})}));
  const std::vector<int64_t> pads = {(size - 1) / 2, 0, size / 2, 0};
  const Expr mean = planes.apply("AveragePool", {},
                                 {{"kernel_shape", std::vector<int64_t>{size, 1}},
                                  {"pads", pads},
                                  {"count_include_pad", int64_t{1}}});
  const auto real = [&](const char* name) {
    return static_cast<double>(node.attributes.real(name));
  };
  const Expr scale = reshape_as(mean * real("alpha") + real("bias"), x);
  return {(x * pow(scale, scale.like(-real("beta")))).id()};
}

std::vector<ValueId> expand_mean_variance(Builder& builder, const Node& node,
                                          std::span<const ValueId> inputs) {
  const Expr x(builder, inputs[0]);
  const auto& axes = node.attributes.integers("axes");
  const Expr centred = x - reduce_mean(x, axes, true);
  const Expr deviation = sqrt(reduce_mean(square(centred), axes, true));
  return {(centred / (deviation + 1e-9)).id()};
}

OpRow norm(std::string_view name, std::string_view signature, std::vector<AttributeDef> attributes,
           InferFunction infer, ExpandFunction expand) {
  return {.name = name,
          .signature = signature,
          .types = {{"T", kFloatTypes}},
          .attributes = std::move(attributes),
          .infer = infer,
          .expand = expand};
}

}  // namespace

// Norms over windows, planes and axes.
std::vector<OpRow> norm_ops() {
  const AttributeDef p = defaulted("p", int64_t{2});
  return {
      norm("LpPool", "X:T -> Y:T",
           {defaulted("auto_pad", std::string("NOTSET")), defaulted("ceil_mode", int64_t{0}),
            optional("dilations", AttributeType::kInts),
            required("kernel_shape", AttributeType::kInts), p,
            optional("pads", AttributeType::kInts), optional("strides", AttributeType::kInts)},
           infer_lp_pool, expand_lp_pool),
      norm("GlobalLpPool", "X:T -> Y:T", {p}, infer_global_lp_pool, expand_global_lp_pool),
      norm("LpNormalization", "input:T -> output:T", {defaulted("axis", int64_t{-1}), p},
           infer_lp_normalization, expand_lp_normalization),
      norm("LRN", "X:T -> Y:T",
           {defaulted("alpha", 1e-4F), defaulted("beta", 0.75F), defaulted("bias", 1.0F),
            required("size", AttributeType::kInt)},
           infer_lrn, expand_lrn),
      norm("MeanVarianceNormalization", "X:T -> Y:T",
           {defaulted("axes", std::vector<int64_t>{0, 2, 3})}, infer_same_as_first,
           expand_mean_variance),
  };
}

}  // namespace twingrad
