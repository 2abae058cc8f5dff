#include "autodiff/rules/positions.h"

namespace twingrad {
namespace {

const std::vector<int64_t> kFlat = {-1};

Expr count_of(Expr x) {
  return x.apply("Size");
}

}  // namespace

Expr positions_of(Expr x) {
  Builder& builder = x.builder();
  const Expr zero(builder, builder.constant(Tensor::scalar<int64_t>(0)));
  const Expr one(builder, builder.constant(Tensor::scalar<int64_t>(1)));
  return reshape(zero.apply("Range", {count_of(x), one}), shape_of(x));
}

Expr added_at_positions(Expr x, Expr moved, Expr g) {
  const std::vector<int64_t> first = {0};
  const Expr zeros =
      unsqueeze(count_of(x), first)
          .apply("ConstantOfShape", {}, {{"value", Tensor::zeros(g.element(), {1})}});
  const Expr sums = zeros.apply("ScatterElements", {reshape(moved, kFlat), reshape(g, kFlat)},
                                {{"axis", int64_t{0}}, {"reduction", std::string("add")}});
  return reshape_as(sums, x);
}

}  // namespace twingrad
