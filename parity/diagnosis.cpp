#include "parity/diagnosis.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <set>

#include "ir/error.h"
#include "parity/hypotheses/causes.h"
#include "parity/hypotheses/evidence.h"
#include "parity/hypotheses/hypothesis.h"

namespace twingrad {
namespace {

using Clock = std::chrono::steady_clock;
using Verdicts = std::map<std::string, TensorVerdict>;  // by kind and name: "gradient W1"

constexpr size_t kMostExplanations = 4;
constexpr size_t kMostOfOneCause = 2;
// A difference that a variant leaves is rounding, thus far smaller than the one that failed.
constexpr double kSmallShare = 0.3;

std::string key_of(const TensorVerdict& tensor) {
  return tensor.kind + " " + tensor.name;
}

bool is_value(const TensorVerdict& tensor) {
  return tensor.kind == "output" || tensor.kind == "intermediate";
}

bool is_of_training(const TensorVerdict& tensor) {
  return tensor.name.find(" (step ") != std::string::npos;
}

// Of the legs that hold the tape to the reference. What only the static mode has wrong is no matter
// of what the reference did.
Verdicts verdicts_of(const CaseReport& report) {
  Verdicts verdicts;
  for (const LegReport& leg : report.legs) {
    if (leg.leg != "reference" || !leg.left.starts_with("eager/")) continue;
    for (const TensorVerdict& tensor : leg.tensors) {
      TensorVerdict& known = verdicts.try_emplace(key_of(tensor), tensor).first->second;
      if (known.verdict < tensor.verdict) known = tensor;
    }
  }
  return verdicts;
}

// How much of a difference is left; 0 where it was none of size (shapes, NaN, no gradient).
double share_left(const TensorVerdict& before, const TensorVerdict& after) {
  const bool measured = before.max_abs > 0 && std::isfinite(before.left + before.right);
  return measured ? after.max_abs / before.max_abs : 0;
}

struct Candidate {
  Explanation explanation;
  size_t cause = 0;            // its place in the table of causes
  bool values_differ = false;  // it holds for gradients only: the values agree without it
  double left = 0;             // the largest share of a difference that it leaves
};

class Search {
 public:
  Search(const FailedCase& failed, const ReferenceCheck& check, double budget)
      : failed_(failed), check_(check), budget_(budget), before_(verdicts_of(failed.report)) {
    for (const auto& [key, tensor] : before_) {
      if (tensor.verdict != Verdict::kFailed) continue;
      ++failures_;
      if (is_value(tensor)) ++failed_values_;
      if (!is_of_training(tensor)) ++failures_of_question_;
    }
  }

  bool anything_failed() const { return failures_ > 0; }
  void run();
  std::vector<Explanation> best();
  std::string untried_text() const;

 private:
  bool test(const Hypothesis& hypothesis, Variant variant);
  CaseReport outcome_of(const Variant& variant) const;
  std::optional<Candidate> judged(const CaseReport& variant, bool is_choice) const;
  double elapsed() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

  const FailedCase& failed_;
  const ReferenceCheck& check_;
  double budget_;
  Verdicts before_;
  size_t failures_ = 0;
  size_t failed_values_ = 0;
  size_t failures_of_question_ = 0;
  Clock::time_point start_ = Clock::now();
  size_t tried_ = 0;
  std::vector<Candidate> found_;
  std::vector<std::string> untried_;
};

// nullopt: it explains nothing.
std::optional<Candidate> Search::judged(const CaseReport& variant, bool is_choice) const {
  if (!variant.error.empty()) return std::nullopt;
  Candidate candidate;
  std::vector<std::string>& gone = candidate.explanation.tensors;
  const Verdicts after = verdicts_of(variant);
  for (const auto& [key, tensor] : before_) {
    const auto found = after.find(key);
    if (found == after.end()) continue;
    const bool fails = found->second.verdict != Verdict::kPassed;
    if (tensor.verdict != Verdict::kFailed) {
      if (!fails || tensor.verdict != Verdict::kPassed) continue;
      if (!is_value(tensor) || failed_values_ > 0) return std::nullopt;
      candidate.values_differ = true;
    } else if (!fails) {
      const double left = share_left(tensor, found->second);
      if (left > kSmallShare) return std::nullopt;
      candidate.left = std::max(candidate.left, left);
      gone.push_back(key);
    }
  }
  if (gone.empty()) return std::nullopt;
  // A convention has nothing to fit: zeros where another framework has no gradient are its answer.
  if (!is_choice && informative_elements(failed_, gone) < 2) return std::nullopt;
  return candidate;
}

CaseReport Search::outcome_of(const Variant& variant) const {
  if (variant.same_answer) {
    CaseReport report;
    const Runner tape{"eager/", nullptr};
    report.add(reference_leg(tape, failed_.answer, nullptr, *variant.item.expected));
    return report;
  }
  return check_(variant.item);
}

// Whether no more variants of the hypothesis need be tried.
bool Search::test(const Hypothesis& hypothesis, Variant variant) {
  if (elapsed() > budget_) {
    if (untried_.empty() || untried_.back() != hypothesis.cause) {
      untried_.emplace_back(hypothesis.cause);
    }
    return true;
  }
  ++tried_;
  // What does not even explain the first step need not be trained.
  if (!variant.same_answer && variant.item.training_run && failures_of_question_ > 0) {
    ParityCase first_step = variant.item;
    first_step.training_run.reset();
    if (!judged(check_(first_step), false)) return false;
  }
  const bool is_choice = hypothesis.cause == "convention";
  std::optional<Candidate> candidate = judged(outcome_of(variant), is_choice);
  if (!candidate) return false;
  if (candidate->values_differ) variant.sentence += ", in gradients only: the values agree as is";
  candidate->explanation.cause = hypothesis.cause;
  candidate->explanation.sentence = std::move(variant.sentence);
  candidate->cause = cause_order(hypothesis.cause);
  const bool complete = candidate->explanation.tensors.size() == failures_;
  found_.push_back(std::move(*candidate));
  return complete && !hypothesis.compare_all;
}

void Search::run() {
  for (const Hypothesis& hypothesis : hypotheses()) {
    try {
      hypothesis.variants(failed_,
                          [&](Variant variant) { return test(hypothesis, std::move(variant)); });
    } catch (const Error&) {
      // A graph that a maker cannot follow: it has nothing to say about this case.
    }
  }
}

std::vector<Explanation> Search::best() {
  const auto rank = [](const Candidate& one) {
    return std::tuple(-static_cast<double>(one.explanation.tensors.size()), one.values_differ,
                      one.cause, one.left);
  };
  std::ranges::stable_sort(found_, std::ranges::less(), rank);
  std::vector<Explanation> result;
  for (const Candidate& one : found_) {
    const auto same = std::ranges::count(result, one.explanation.cause, &Explanation::cause);
    if (static_cast<size_t>(same) >= kMostOfOneCause) continue;
    result.push_back(one.explanation);
    if (result.size() == kMostExplanations) break;
  }
  return result;
}

std::string Search::untried_text() const {
  if (untried_.empty()) return "";
  std::set<std::string> once(untried_.begin(), untried_.end());
  std::string names;
  for (const std::string& name : once) names += (names.empty() ? "" : ", ") + name;
  return join_text("the search for causes ended after ", tried_, " variants and ",
                   std::round(elapsed() * 10) / 10, " s, without all of: ", names);
}

}  // namespace

double diagnosis_budget(double seconds) {
  return std::clamp(3 * seconds, 2.0, 60.0);
}

void diagnose(CaseReport& report, const ParityCase& item, const Compared& compared,
              const ReferenceCheck& check, double budget) {
  const CaseReport as_is = report;
  const FailedCase failed{item, as_is, compared.answer, compared.expected};
  Search search(failed, check, budget);
  if (!search.anything_failed()) return;
  search.run();
  report.explanations = search.best();
  report.untried = search.untried_text();
}

}  // namespace twingrad
