#include "parity/report.h"

#include <algorithm>

namespace twingrad {

std::string base_name(const TensorVerdict& tensor) {
  const std::string suffix = " (step " + std::to_string(tensor.step) + ")";
  if (tensor.step == 0 || !tensor.name.ends_with(suffix)) return tensor.name;
  return tensor.name.substr(0, tensor.name.size() - suffix.size());
}

void LegReport::add(TensorVerdict tensor) {
  verdict = worse(verdict, tensor.verdict);
  tensors.push_back(std::move(tensor));
}

void CaseReport::add(LegReport leg) {
  verdict = worse(verdict, leg.verdict);
  legs.push_back(std::move(leg));
}

double Coverage::share() const {
  const size_t all = compared + unmatched + skipped;
  return all == 0 ? 0 : static_cast<double>(compared) / static_cast<double>(all);
}

void Coverage::add(const Coverage& other) {
  compared += other.compared;
  unmatched += other.unmatched;
  skipped += other.skipped;
  all_zero += other.all_zero;
  constant += other.constant;
}

Coverage CaseReport::coverage() const {
  Coverage coverage;
  for (const LegReport& leg : legs) {
    if (leg.tensors.empty() && leg.verdict != Verdict::kPassed) ++coverage.skipped;
    for (const TensorVerdict& tensor : leg.tensors) {
      const bool skipped = !tensor.unmatched && tensor.verdict == Verdict::kIncomplete;
      coverage.unmatched += tensor.unmatched ? 1 : 0;
      coverage.skipped += skipped ? 1 : 0;
      coverage.compared += !tensor.unmatched && !skipped ? 1 : 0;
      coverage.all_zero += tensor.all_zero ? 1 : 0;
      coverage.constant += tensor.constant && !tensor.all_zero ? 1 : 0;
    }
  }
  if (legs.empty()) ++coverage.skipped;
  return coverage;
}

Coverage CheckReport::coverage() const {
  Coverage coverage;
  for (const CaseReport& item : cases) coverage.add(item.coverage());
  return coverage;
}

size_t CheckReport::count(Verdict verdict) const {
  return static_cast<size_t>(std::ranges::count(cases, verdict, &CaseReport::verdict));
}

int CheckReport::exit_code() const {
  if (count(Verdict::kFailed) > 0) return 1;
  return cases.empty() || count(Verdict::kIncomplete) > 0 ? 3 : 0;
}

}  // namespace twingrad
