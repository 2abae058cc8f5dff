#include <algorithm>

#include "parity/hypotheses/hypothesis.h"
#include "parity/hypotheses/optimizer_settings.h"

// Training runs whose loss or optimizer is another one.

namespace twingrad {
namespace {

bool failed_there(const FailedCase& failed, std::string_view kind, const std::string& name) {
  return std::ranges::any_of(failed.report.legs, [&](const LegReport& leg) {
    return leg.leg == "reference" && leg.left.starts_with("eager/") &&
           std::ranges::any_of(leg.tensors, [&](const TensorVerdict& tensor) {
             return tensor.verdict == Verdict::kFailed && tensor.kind == kind &&
                    tensor.name == name;
           });
  });
}

// An optimizer is to blame where the first step begins well: loss and gradients agree.
bool begins_well(const FailedCase& failed) {
  if (failed_there(failed, "loss", "loss (step 1)")) return false;
  return std::ranges::none_of(failed.item.training_run->steps[0].gradients, [&](const auto& one) {
    return failed_there(failed, "gradient", one.first + " (step 1)");
  });
}

}  // namespace

void other_loss_reductions(const FailedCase& failed, const VariantTest& test) {
  if (!failed.item.training_run || failed.item.training_run->loss.reduction.empty()) return;
  Variant variant{"", failed.item};
  std::string& reduction = variant.item.training_run->loss.reduction;
  const std::string here = reduction;
  reduction = here == "mean" ? "sum" : "mean";
  variant.sentence =
      "matches if the reduction of the loss is " + reduction + " (here " + here + ")";
  test(std::move(variant));
}

void other_optimizers(const FailedCase& failed, const VariantTest& test) {
  if (!failed.item.training_run || !begins_well(failed)) return;
  for (OptimizerChange& change : optimizer_changes(failed.item.training_run->optimizer)) {
    Variant variant{"matches if the optimizer " + change.what, failed.item};
    variant.item.training_run->optimizer = std::move(change.optimizer);
    if (test(std::move(variant))) return;
  }
}

}  // namespace twingrad
