#include <array>

#include "importers/pt2/ops/families.h"
#include "importers/pt2/ops/formulas.h"
#include "ir/error.h"

namespace twingrad::aten {
namespace {

constexpr std::array<const char*, 3> kReductions = {"none", "mean", "sum"};

Expr difference(Call c) {
  const DataType type = c.result_type();
  return cast(c.tensor("self"), type) - cast(c.tensor("target"), type);
}

// Quadratic up to the bound, linear beyond.
Expr huber(Call c, double bound, double scale) {
  const Expr size = difference(c).apply("Abs");
  if (bound == 0) return reduced(c, size * scale);
  const Expr near = square(size) * (0.5 * scale / bound);
  return reduced(c, where(size < size.like(bound), near, (size - 0.5 * bound) * scale));
}

Expr cross_entropy_of_probabilities(Call c) {
  const Expr p = c.tensor("self");
  const Expr target = c.tensor("target");
  // PyTorch keeps logarithms above -100.
  const Expr least = p.like(-100);
  const auto logarithm = [&](Expr x) { return log(x).apply("Max", {least}); };
  Expr loss = -(target * logarithm(p) + (1 - target) * logarithm(1 - p));
  if (const auto weight = c.optional("weight")) loss = loss * *weight;
  return reduced(c, loss);
}

Expr cross_entropy_of_logits(Call c) {
  const Expr x = c.tensor("self");
  const Expr target = c.tensor("target");
  const Expr soft = (-x).apply("Softplus");
  Expr loss = (1 - target) * x + soft;
  if (const auto positive = c.optional("pos_weight")) {
    loss = (1 - target) * x + ((*positive - 1) * target + 1) * soft;
  }
  if (const auto weight = c.optional("weight")) loss = loss * *weight;
  return reduced(c, loss);
}

Expr nll(Call c, Expr scores, Expr target) {
  const int64_t how = c.integer("reduction");
  check(how >= 0 && how < 3, "unknown reduction ", how);
  std::vector<ValueId> inputs = {scores.id(), target.id()};
  if (const auto weight = c.optional("weight")) inputs.push_back(weight->id());
  return {c.builder(), c.builder().emit_one(
                           "NegativeLogLikelihoodLoss", inputs,
                           {{"ignore_index", c.integer("ignore_index")},
                            {"reduction", std::string(kReductions[static_cast<size_t>(how)])}})};
}

// Without an axis of examples there is one example.
Expr nll_batched(Call c, Expr scores, Expr target) {
  if (scores.rank() > 1) return nll(c, scores, target);
  const std::array front = {int64_t{0}};
  const Expr loss = nll(c, unsqueeze(scores, front), unsqueeze(target, front));
  return loss.rank() == 1 ? squeeze(loss, front) : loss;
}

Expr cross_entropy(Call c) {
  const Expr x = c.tensor("self");
  const Expr target = c.tensor("target");
  if (c.real("label_smoothing") != 0) fail_unsupported("label_smoothing is not supported");
  const int64_t axis = x.rank() == 1 ? 0 : 1;
  const Expr scores = x.apply("LogSoftmax", {}, {{"axis", axis}});
  if (is_integer(target.element())) return nll_batched(c, scores, target);
  if (c.optional("weight")) fail_unsupported("weights with probabilities as target");
  const std::array classes = {axis};
  const Expr loss = -reduce_sum(scores * target, classes, false);
  const int64_t how = c.integer("reduction");
  if (how == 0) return loss;
  const Expr sum = sum_all(loss);
  return how == 2 ? sum : sum / count_along(loss, all_axes(loss.rank()), loss.element());
}

AtenResults nll_with_weight(Call c) {
  const Expr target = c.tensor("target");
  const Expr loss = nll_batched(c, c.tensor("self"), target);
  const Expr counted =
      logical_not(equal(target, target.like(static_cast<double>(c.integer("ignore_index")))));
  Expr weights = cast(counted, loss.element());
  if (const auto given = c.optional("weight")) {
    const Expr safe = where(counted, target, target.like(0));
    weights = weights * gather(*given, safe, 0);
  }
  return {loss, sum_all(weights)};
}

Expr divergence(Call c) {
  const Expr x = c.tensor("self");
  const Expr target = c.tensor("target");
  if (c.flag("log_target")) return reduced(c, exp(target) * (target - x));
  const Expr none = target <= target.like(0);
  const Expr safe = where(none, target.like(1), target);
  return reduced(c, where(none, x.like(0), target * log(safe)) - target * x);
}

Expr cosine_similarity(Call c) {
  const Expr a = c.tensor("x1");
  const Expr b = c.tensor("x2");
  const std::array axis = {axis_of(c, "dim", a.rank())};
  const Expr eps = a.like(c.real("eps"));
  const auto length = [&](Expr x) {
    return x.apply("ReduceL2", {x.integers(axis)}).apply("Max", {eps});
  };
  return reduce_sum(a / length(a) * (b / length(b)), axis, false);
}

}  // namespace

std::vector<AtenRow> loss_rows() {
  return {
      {"aten.mse_loss.default", "self, target, reduction=1",
       [](Call c) { return reduced(c, square(difference(c))); }},
      {"aten.l1_loss.default", "self, target, reduction=1",
       [](Call c) { return reduced(c, difference(c).apply("Abs")); }},
      {"aten.smooth_l1_loss.default", "self, target, reduction=1, beta=1.0",
       [](Call c) { return huber(c, c.real("beta"), 1); }},
      {"aten.huber_loss.default", "self, target, reduction=1, delta=1.0",
       [](Call c) { return huber(c, c.real("delta"), c.real("delta")); }},
      {"aten.soft_margin_loss.default", "self, target, reduction=1",
       [](Call c) {
         return reduced(c, (-(c.tensor("self") * c.tensor("target"))).apply("Softplus"));
       }},
      {"aten.binary_cross_entropy.default", "self, target, weight=None, reduction=1",
       cross_entropy_of_probabilities},
      {"aten.binary_cross_entropy_with_logits.default",
       "self, target, weight=None, pos_weight=None, reduction=1", cross_entropy_of_logits},
      {"aten.nll_loss.default aten.nll_loss_nd.default aten.nll_loss2d.default",
       "self, target, weight=None, reduction=1, ignore_index=-100",
       [](Call c) { return nll_batched(c, c.tensor("self"), c.tensor("target")); }},
      {"aten.nll_loss_forward.default aten.nll_loss2d_forward.default",
       "self, target, weight, reduction, ignore_index", nll_with_weight},
      {"aten.cross_entropy_loss.default",
       "self, target, weight=None, reduction=1, ignore_index=-100, label_smoothing=0.0",
       cross_entropy},
      {"aten.kl_div.default", "self, target, reduction=1, *, log_target=False", divergence},
      {"aten.cosine_similarity.default", "x1, x2, dim=1, eps=1e-08", cosine_similarity},
  };
}

}  // namespace twingrad::aten
