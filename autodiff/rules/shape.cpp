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

}  // namespace

std::vector<DerivativeRow> shape_derivatives() {
  return {
      {"Identity", {[](Context c) { return c.g(); }}},
      {"Constant", {}},
      {"ConstantOfShape", {nullptr}},
      {"Range", {nullptr}},
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
