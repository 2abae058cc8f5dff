#include "parity/diagnosis.h"

#include <algorithm>
#include <set>

#include "ir/error.h"
#include "parity/hypotheses/hypothesis.h"

namespace twingrad {
namespace {

// Names and kinds of what the reference leg holds to have failed: "gradient W1".
std::set<std::string> failed_tensors(const CaseReport& report) {
  std::set<std::string> failed;
  for (const LegReport& leg : report.legs) {
    if (leg.leg != "reference") continue;
    for (const TensorVerdict& tensor : leg.tensors) {
      if (tensor.verdict == Verdict::kFailed) failed.insert(tensor.kind + " " + tensor.name);
    }
  }
  return failed;
}

// What failed before and does not fail in the variant, if nothing new fails there.
std::vector<std::string> explained(const std::set<std::string>& failed, const CaseReport& variant) {
  const std::set<std::string> still = failed_tensors(variant);
  if (!variant.error.empty() || !std::ranges::includes(failed, still)) return {};
  std::vector<std::string> gone;
  std::ranges::set_difference(failed, still, std::back_inserter(gone));
  return gone;
}

}  // namespace

void diagnose(CaseReport& report, const ParityCase& item, const ReferenceCheck& check) {
  const std::set<std::string> failed = failed_tensors(report);
  if (failed.empty()) return;
  for (const Hypothesis& hypothesis : hypotheses()) {
    hypothesis.variants(item, report, [&](const Variant& variant) {
      const std::vector<std::string> gone = explained(failed, check(variant.item));
      if (gone.empty()) return false;
      report.explanations.push_back({std::string(hypothesis.cause), variant.sentence, gone});
      return gone.size() == failed.size();
    });
  }
  std::ranges::stable_sort(report.explanations, std::ranges::greater(),
                           [](const Explanation& one) { return one.tensors.size(); });
}

}  // namespace twingrad
