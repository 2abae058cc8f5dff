#include "parity/tensor_tolerance.h"

#include <sstream>

namespace twingrad {

const TensorTolerance* own_tolerance(const TensorTolerances& all, const std::string& kind,
                                     const std::string& name) {
  const auto found = all.find({kind, name});
  return found == all.end() ? nullptr : &found->second;
}

TensorVerdict compare_by(const TensorTolerance& own, const Tolerance& usual,
                         const std::string& place, const std::string& kind, const Tensor& left,
                         const Tensor& right) {
  Tolerance tolerance;
  tolerance.scaled = own.rtol;
  tolerance.absolute = own.atol;
  tolerance.nan_equal = usual.nan_equal;
  TensorVerdict verdict = compare(place, kind, left, right, tolerance);
  if (verdict.verdict != Verdict::kPassed) return verdict;
  if (compare(place, kind, left, right, usual).verdict == Verdict::kPassed) return verdict;
  std::ostringstream text;
  text.precision(3);
  text << "rtol " << own.rtol;
  if (own.atol > 0) text << ", atol " << own.atol;
  verdict.wider = text.str() + ": " + own.how;
  return verdict;
}

}  // namespace twingrad
