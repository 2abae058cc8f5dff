#include "parity/report.h"

#include <algorithm>

namespace twingrad {

void LegReport::add(TensorVerdict tensor) {
  verdict = worse(verdict, tensor.verdict);
  tensors.push_back(std::move(tensor));
}

void CaseReport::add(LegReport leg) {
  verdict = worse(verdict, leg.verdict);
  legs.push_back(std::move(leg));
}

size_t CheckReport::count(Verdict verdict) const {
  return static_cast<size_t>(std::ranges::count(cases, verdict, &CaseReport::verdict));
}

int CheckReport::exit_code() const {
  if (count(Verdict::kFailed) > 0) return 1;
  return cases.empty() || count(Verdict::kIncomplete) > 0 ? 3 : 0;
}

}  // namespace twingrad
