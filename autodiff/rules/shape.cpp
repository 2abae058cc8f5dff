#include <numeric>

#include "autodiff/rules/tables.h"

namespace twingrad {
namespace {

using Context = const RuleContext&;

Expr like_input(Context c) {
  return reshape_as(c.g(), c.x());
}

Expr transpose_x(Context c) {
  const auto rank = static_cast<size_t>(c.x().rank());
  std::vector<int64_t> reversed(rank);
  std::iota(reversed.rbegin(), reversed.rend(), 0);
  const auto permutation = c.attributes().integers_or("perm", std::move(reversed));
  std::vector<int64_t> inverse(rank);
  for (size_t i = 0; i < rank; ++i) {
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
