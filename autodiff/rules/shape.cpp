#include "autodiff/rules/tables.h"

namespace twingrad {
namespace {

using Context = const RuleContext&;

Expr like_input(Context c) {
  return reshape_as(c.g(), c.x());
}

Expr transpose_x(Context c) {
  // Without a permutation the axes are reversed, which is its own inverse.
  if (!c.attributes().has("perm")) return c.g().apply("Transpose");
  const std::vector<int64_t>& permutation = c.attributes().integers("perm");
  std::vector<int64_t> inverse(permutation.size());
  for (size_t i = 0; i < permutation.size(); ++i) {
    inverse[static_cast<size_t>(permutation[i])] = static_cast<int64_t>(i);
  }
  return transpose(c.g(), inverse);
}

// start + i delta for i = 0, 1, ...; their number jumps.
Expr range_start(Context c) {
  return reduce_sum(c.g(), std::vector<int64_t>{0}, false);
}

Expr range_delta(Context c) {
  Builder& builder = c.builder();
  const Expr zero(builder, builder.constant(Tensor::scalar<int64_t>(0)));
  const Expr one(builder, builder.constant(Tensor::scalar<int64_t>(1)));
  const Expr number = cast(zero.apply("Range", {c.g().apply("Size"), one}), c.g().element());
  return reduce_sum(c.g() * number, std::vector<int64_t>{0}, false);
}

}  // namespace

std::vector<DerivativeRow> shape_derivatives() {
  return {
      {"Identity", {[](Context c) { return c.g(); }}},
      {"Constant", {}},
      {"ConstantOfShape", {nullptr}},
      {"EyeLike", {nullptr}},
      {"Range", {range_start, nullptr, range_delta}},
      {"Shape", {nullptr}},
      {"Size", {nullptr}},
      {"Reshape", {like_input, nullptr}},
      {"Flatten", {like_input}},
      {"Squeeze", {like_input, nullptr}},
      {"Unsqueeze", {like_input, nullptr}},
      {"Transpose", {transpose_x}},
      // The sweep sums over what was stretched.
      {"Expand", {[](Context c) { return c.g(); }, nullptr}},
  };
}

}  // namespace twingrad
