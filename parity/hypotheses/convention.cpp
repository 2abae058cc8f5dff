#include "parity/hypotheses/hypothesis.h"

namespace twingrad {

void other_conventions(const FailedCase& failed, const VariantTest& test) {
  for (const Convention convention : {Convention::kTorch, Convention::kTensorflow, Convention::kJax,
                                      Convention::kOnnxruntime, Convention::kSpec}) {
    if (convention == failed.item.question.convention) continue;
    const std::string name(convention_name(convention));
    Variant variant{"matches if the convention at kinks and ties is " + name, failed.item};
    variant.item.question.convention = convention;
    variant.item.conventions = name;
    if (test(std::move(variant))) return;
  }
}

}  // namespace twingrad
