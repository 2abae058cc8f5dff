#include "parity/legs.h"

#include <algorithm>

#include "parity/drawn_values.h"
#include "parity/element_statistics.h"

namespace twingrad {
namespace {

double largest_magnitude_in(const Datum& datum) {
  double largest = 0;
  for (const Leaf& leaf : leaves("", datum)) {
    if (leaf.tensor.type() == DataType::kString) continue;
    largest = std::max(largest, largest_magnitude(leaf.tensor));
  }
  return largest;
}

bool is_zero(const Datum& datum) {
  return largest_magnitude_in(datum) == 0;
}

TensorVerdict one_sided(const std::string& name, const std::string& kind, Verdict verdict,
                        std::string reason) {
  TensorVerdict result;
  result.name = name;
  result.kind = kind;
  result.verdict = verdict;
  result.unmatched = verdict != Verdict::kPassed;
  result.reason = std::move(reason);
  return result;
}

double largest_of(const NamedGradients& gradients) {
  double largest = 0;
  for (const auto& [name, value] : gradients) {
    if (value) largest = std::max(largest, largest_magnitude_in(*value));
  }
  return largest;
}

// Noise of a gradient that is truly zero is as large as the rounding of what cancels in it, which
// the largest gradient of the case measures.
double noise_floor(double largest_gradient, DataType type) {
  return (type == DataType::kDouble ? 1e-12 : 3e-6) * largest_gradient;
}

// Compares tensor by tensor; calls `compare_leaf` with both of each place and adds what it returns.
template <typename Compare>
void compare_data(LegReport& leg, const std::string& name, const std::string& kind,
                  const Datum& left, const Datum& right, const Compare& compare_leaf) {
  std::string why;
  if (!same_structure(left, right, why)) {
    leg.add(one_sided(name, kind, Verdict::kFailed, why));
    return;
  }
  const std::vector<Leaf> ours = leaves(name, left);
  const std::vector<Leaf> theirs = leaves(name, right);
  for (size_t i = 0; i < ours.size(); ++i) {
    leg.add(compare_leaf(ours[i].place, ours[i].tensor, theirs[i].tensor));
  }
  if (ours.empty()) leg.add(one_sided(name, kind, Verdict::kPassed, "is " + kind_text(right)));
}

class Comparison {
 public:
  Comparison(LegReport& leg, const Expectation& expected)
      : leg_(leg), expected_(expected), largest_gradient_(largest_of(expected.gradients)) {}

  void values(const std::string& kind, const NamedData& ours, const NamedData& theirs) {
    for (const auto& [name, want] : theirs) {
      const auto found = ours.find(name);
      if (found == ours.end()) {
        leg_.add(one_sided(name, kind, Verdict::kIncomplete, "has no value here"));
        continue;
      }
      const bool drawn = expected_.drawn.contains(name);
      compare_data(leg_, name, kind, found->second, want,
                   [&, drawn](const std::string& place, const Tensor& left, const Tensor& right) {
                     TensorVerdict exact = judged(kind, place, left, right, 0);
                     if (!drawn || exact.verdict == Verdict::kPassed) return exact;
                     return compare_statistics(place, kind, left, right);
                   });
    }
  }

  void gradients(const NamedGradients& ours, const NamedGradients* traced) {
    for (const auto& [name, want] : expected_.gradients) {
      const auto found = ours.find(name);
      if (found == ours.end()) {
        leg_.add(one_sided(name, "gradient", Verdict::kIncomplete, "has no gradient here"));
        continue;
      }
      const bool untaken =
          traced != nullptr && traced->contains(name) && !traced->at(name).has_value();
      gradient(name, found->second, want, untaken);
    }
  }

 private:
  // By the tensor's own tolerance where it has one, else by that of the case.
  TensorVerdict judged(const std::string& kind, const std::string& place, const Tensor& left,
                       const Tensor& right, double floor) const {
    const Tolerance usual = tolerance(kind, right.type(), floor);
    const TensorTolerance* own = own_tolerance(expected_.tolerances, kind, place);
    if (own == nullptr || !is_floating_point(right.type())) {
      return compare(place, kind, left, right, usual);
    }
    return compare_by(*own, usual, place, kind, left, right);
  }

  Tolerance tolerance(const std::string& kind, DataType type, double floor) const {
    Tolerance result = tolerance_for(kind, type);
    if (expected_.rtol || expected_.atol) {
      result = {expected_.rtol.value_or(result.rtol), 0, expected_.atol.value_or(0), std::nullopt};
      if (!expected_.atol) result.scaled = result.rtol;
    }
    if (type == DataType::kBfloat16) result.rtol = std::max(result.rtol, expected_.bfloat16_rtol);
    result.absolute += floor;
    result.nan_equal = expected_.nan_equal;
    return result;
  }

  void gradient(const std::string& name, const std::optional<Datum>& ours,
                const std::optional<Datum>& want, bool untaken) {
    const std::string kind = "gradient";
    if (!want) {
      const bool fits =
          !ours || (untaken && is_zero(*ours)) || (expected_.null_is_zero && is_zero(*ours));
      leg_.add(
          one_sided(name, kind, fits ? Verdict::kPassed : Verdict::kFailed,
                    fits ? (ours ? "zero here: connected only by control flow that was not taken"
                                 : "no gradient on both sides")
                         : "the reference has no gradient, here there is one"));
      return;
    }
    if (!ours) {
      const bool fits = expected_.null_is_zero && is_zero(*want);
      leg_.add(one_sided(name, kind, fits ? Verdict::kPassed : Verdict::kFailed,
                         fits ? "no gradient here, zeros in the reference, which has no other word"
                              : "no gradient here, the reference has one"));
      return;
    }
    compare_data(leg_, name, kind, *ours, *want,
                 [&](const std::string& place, const Tensor& left, const Tensor& right) {
                   return gradient_verdict(place, left, right);
                 });
  }

  TensorVerdict gradient_verdict(const std::string& name, const Tensor& ours, const Tensor& want) {
    const double floor = noise_floor(largest_gradient_, want.type());
    const bool noise = largest_magnitude(want) <= 4 * floor;
    TensorVerdict verdict = judged("gradient", name, ours, want, noise ? floor : 0);
    if (noise && verdict.verdict == Verdict::kPassed && verdict.reason.empty()) {
      verdict.noise = true;
      verdict.reason = "is noise beside the largest gradient of the case";
    }
    return verdict;
  }

  LegReport& leg_;
  const Expectation& expected_;
  double largest_gradient_;  // of the record
};

TensorVerdict modes_verdict(const std::string& name, const std::string& kind, const Tensor& left,
                            const Tensor& right) {
  Tolerance exact;
  exact.nan_equal = true;
  TensorVerdict verdict = compare(name, kind, left, right, exact);
  if (verdict.verdict != Verdict::kPassed && verdict.needed_rtol > 0) {
    Tolerance close;
    close.scaled = 1e-6;
    close.nan_equal = true;
    verdict = compare(name, kind, left, right, close);
    if (verdict.verdict == Verdict::kPassed) verdict.reason = "close, not equal bit for bit";
  }
  return verdict;
}

void compare_modes(LegReport& leg, const std::string& kind, const std::string& name,
                   const Datum& left, const Datum& right) {
  compare_data(leg, name, kind, left, right,
               [&](const std::string& place, const Tensor& ours, const Tensor& theirs) {
                 return modes_verdict(place, kind, ours, theirs);
               });
}

void compare_all_modes(LegReport& leg, const std::string& kind, const NamedData& left,
                       const NamedData& right) {
  for (const auto& [name, value] : right) compare_modes(leg, kind, name, left.at(name), value);
}

}  // namespace

Tolerance tolerance_for(const std::string& kind, DataType type) {
  Tolerance result;
  if (type == DataType::kDouble) {
    result.rtol = 1e-9;
    result.scaled = 1e-9;
  } else if (is_floating_point(type)) {
    result.rtol = 1e-4;
    result.scaled = 1e-5;
    if (kind != "output" && kind != "intermediate") result.l2 = 1e-4;
  }
  return result;
}

LegReport modes_leg(const Runner& left, const Answer& left_answer, const Runner& right,
                    const Answer& right_answer) {
  LegReport leg{"modes", left.name, right.name, Verdict::kPassed, {}, {}};
  compare_all_modes(leg, "output", left_answer.outputs, right_answer.outputs);
  for (const auto& [name, value] : right_answer.gradients) {
    const std::optional<Datum>& ours = left_answer.gradients.at(name);
    if (ours && value) {
      compare_modes(leg, "gradient", name, *ours, *value);
      continue;
    }
    // A static gradient holds for all ways through the control flow; a tape has the one taken.
    const bool fits = (!ours && !value) || (ours ? is_zero(*ours) : is_zero(*value));
    leg.add(one_sided(name, "gradient", fits ? Verdict::kPassed : Verdict::kFailed,
                      !ours && !value ? "no gradient on both sides"
                      : fits ? "zero on one side, connected only by control flow that was not taken"
                             : "no gradient on one side"));
  }
  compare_all_modes(leg, "second_order", left_answer.second_order, right_answer.second_order);
  compare_all_modes(leg, "third_order", left_answer.third_order, right_answer.third_order);
  return leg;
}

LegReport reference_leg(const Runner& runner, const Answer& answer, const Answer* traced,
                        const Expectation& expected) {
  LegReport leg{"reference", runner.name, expected.source, Verdict::kPassed, {}, {}};
  Comparison comparison(leg, expected);
  comparison.values("output", answer.outputs, expected.outputs);
  comparison.gradients(answer.gradients, traced != nullptr ? &traced->gradients : nullptr);
  comparison.values("second_order", answer.second_order, expected.second_order);
  comparison.values("third_order", answer.third_order, expected.third_order);
  return leg;
}

}  // namespace twingrad
