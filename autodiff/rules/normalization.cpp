#include "autodiff/rules/tables.h"
#include "ir/infer.h"
#include "ir/ops/normalization_expansion.h"

namespace twingrad {
namespace {

using Context = const RuleContext&;

// How many elements of x have one channel.
Expr per_channel(Expr x, Expr vector) {
  const Dimension all = product_of(x.shape(), 0, x.rank());
  const Dimension channels = product_of(vector.shape(), 0, 1);
  if (all.known() && channels.known() && channels.extent > 0) {
    const int64_t count = all.extent / channels.extent;
    return x.like(static_cast<double>(count));
  }
  return cast(x.apply("Size"), x.element()) / cast(vector.apply("Size"), x.element());
}

// What the cotangents of mean, variance v and inverse deviation r add to dX: mean' is 1/n for every
// element, v' is 2 (x - mean) / n, and r' is -r^3 / 2 of that.
Expr through_statistics(Context c, Expr dx) {
  const Expr x = c.x(0);
  const int64_t rank = x.rank();
  const Expr mean = c.y(1);
  const Expr inverse = c.y(3);
  const Expr count = per_channel(x, mean);
  if (c.has_g(1)) dx = dx + over_channels(c.g(1) / count, rank);
  Expr slope = zeros_as(mean);
  if (c.has_g(2)) slope = slope + c.g(2) * 2;
  if (c.has_g(3)) slope = slope - c.g(3) * (inverse * square(inverse));
  if (!c.has_g(2) && !c.has_g(3)) return dx;
  return dx + (x - over_channels(mean, rank)) * over_channels(slope / count, rank);
}

std::vector<std::optional<Expr>> training(Context c) {
  const Expr x = c.x(0);
  if (!c.has_g(0)) return {through_statistics(c, zeros_as(x)), std::nullopt, std::nullopt};
  NodeSpec spec;
  spec.op = "BatchNormalizationGradient";
  spec.domain = kInternalDomain;
  spec.inputs = {x.id(), c.x(1).id(), c.y(1).id(), c.y(3).id(), c.g().id()};
  spec.output_count = 3;
  const std::vector<ValueId> all = c.builder().emit(std::move(spec));
  const auto at = [&](size_t i) { return Expr(c.builder(), all[i]); };
  return {through_statistics(c, at(0)), at(1), at(2)};
}

}  // namespace

std::vector<DerivativeRow> normalization_derivatives() {
  return {
      {"BatchNormalizationTraining", {}, training, kInternalDomain},
  };
}

}  // namespace twingrad
