#include <array>

#include "importers/pt2/ops/families.h"
#include "importers/pt2/ops/formulas.h"

namespace twingrad::aten {
namespace {

// clamp_min(x, 0): all of the gradient at 0.
Expr positive_part(Expr x) {
  return where(x < x.like(0), x.like(0), x);
}

Expr length(Expr x, double p, double eps, bool keep) {
  const Expr shifted = x + eps;
  const Expr axis = x.integers({-1});
  const Attributes drop = {{"keepdims", int64_t{keep}}};
  if (p == 2) return shifted.apply("ReduceL2", {axis}, drop);
  if (p == 1) return shifted.apply("ReduceL1", {axis}, drop);
  const Expr sum = pow(shifted.apply("Abs"), x.like(p)).apply("ReduceSum", {axis}, drop);
  return pow(sum, sum.like(1 / p));
}

Expr pairwise_distance(Call c) {
  return length(c.tensor("x1") - c.tensor("x2"), c.real("p"), c.real("eps"), c.flag("keepdim"));
}

Expr triplet(Call c) {
  const double p = c.real("p");
  const double eps = c.real("eps");
  const Expr anchor = c.tensor("anchor");
  const Expr negative = c.tensor("negative");
  const Expr near = length(anchor - c.tensor("positive"), p, eps, false);
  Expr far = length(anchor - negative, p, eps, false);
  if (c.flag("swap"))
    far = far.apply("Min", {length(c.tensor("positive") - negative, p, eps, false)});
  return reduced(c, positive_part(near - far + c.real("margin")));
}

Expr ranking(Call c) {
  const Expr gap = c.tensor("input1") - c.tensor("input2");
  return reduced(c, positive_part(-(c.tensor("target") * gap) + c.real("margin")));
}

Expr hinge_embedding(Call c) {
  const Expr x = c.tensor("self");
  const Expr target = c.tensor("target");
  const Expr beyond = positive_part(c.real("margin") - x);
  const Expr near = where(equal(target, target.like(1)), x, x.like(0));
  return reduced(c, near + where(equal(target, target.like(-1)), beyond, x.like(0)));
}

Expr poisson(Call c) {
  const Expr x = c.tensor("input");
  const Expr target = c.tensor("target");
  Expr loss = c.flag("log_input") ? exp(x) - target * x : x - target * log(x + c.real("eps"));
  if (c.flag("full")) {
    const Expr large = target > target.like(1);
    const Expr safe = where(large, target, target.like(1));
    const Expr stirling = safe * log(safe) - safe + log(safe * (2 * 3.14159265358979323846)) * 0.5;
    loss = loss + where(large, stirling, target.like(0));
  }
  return reduced(c, loss);
}

}  // namespace

std::vector<AtenRow> margin_rows() {
  return {
      {"aten.pairwise_distance.default", "x1, x2, p=2.0, eps=1e-06, keepdim=False",
       pairwise_distance},
      {"aten.triplet_margin_loss.default",
       "anchor, positive, negative, margin=1.0, p=2.0, eps=1e-06, swap=False, reduction=1",
       triplet},
      {"aten.margin_ranking_loss.default", "input1, input2, target, margin=0.0, reduction=1",
       ranking},
      {"aten.hinge_embedding_loss.default", "self, target, margin=1.0, reduction=1",
       hinge_embedding},
      {"aten.poisson_nll_loss.default", "input, target, log_input, full, eps, reduction", poisson},
  };
}

}  // namespace twingrad::aten
