#include "parity/report_wording.h"

#include <algorithm>
#include <iomanip>
#include <sstream>

#include "ir/error.h"

namespace twingrad {
namespace {

constexpr size_t kMostCauses = 3;

std::string verdict_line(const CheckReport& report) {
  const size_t failed = report.count(Verdict::kFailed);
  const size_t incomplete = report.count(Verdict::kIncomplete);
  const std::string cases = counted(report.cases.size(), "case");
  if (report.cases.empty()) return "incomplete: nothing was there to compare";
  if (failed > 0) return join_text("failed: ", failed, " of ", cases);
  if (incomplete > 0) return join_text("incomplete: ", incomplete, " of ", cases, ", none failed");
  return "passed: " + cases;
}

// The causes by the number of cases that they explain; of as many, the earlier first.
std::vector<std::pair<std::string, size_t>> causes_of(const CheckReport& report) {
  std::vector<std::pair<std::string, size_t>> causes;
  for (const CaseReport& item : report.cases) {
    const std::string cause = likeliest_cause(item);
    if (cause.empty()) continue;
    const auto known = std::ranges::find(causes, cause, &std::pair<std::string, size_t>::first);
    if (known == causes.end()) {
      causes.emplace_back(cause, 1);
    } else {
      ++known->second;
    }
  }
  std::ranges::stable_sort(causes, std::ranges::greater(), &std::pair<std::string, size_t>::second);
  return causes;
}

// Where all that failed is of one class other than "real", that tells enough.
std::string common_classification(const CaseReport& item) {
  std::string common;
  for (const LegReport& leg : item.legs) {
    for (const TensorVerdict& tensor : leg.tensors) {
      if (tensor.verdict != Verdict::kFailed) continue;
      if (tensor.classification.empty() || tensor.classification == "real") return "";
      if (!common.empty() && tensor.classification != common) return "";
      common = tensor.classification;
    }
  }
  return common.empty() ? "" : common + ": the nature of everything that failed";
}

}  // namespace

std::string counted(size_t count, const std::string& one) {
  return std::to_string(count) + " " + one + (count == 1 ? "" : "s");
}

std::string case_name(const CaseReport& item) {
  return item.target + "/" + item.name;
}

std::string comparison_name(const LegReport& leg, const TensorVerdict& tensor) {
  return leg.leg + ", " + leg.left + ": " + tensor.kind + " " + tensor.name;
}

std::string worst_element(const TensorVerdict& tensor) {
  const bool compared = tensor.max_abs > 0 || tensor.ulp > 0 || !tensor.index.empty();
  if (!compared) return "";
  std::ostringstream text;
  text.precision(9);
  text << "at [";
  for (size_t i = 0; i < tensor.index.size(); ++i) text << (i ? "," : "") << tensor.index[i];
  text << "] " << tensor.left << " where " << tensor.right << " is expected, " << tensor.ulp
       << " ULP";
  return text.str();
}

std::vector<std::string> complaints(const CaseReport& item) {
  std::vector<std::string> found;
  if (!item.error.empty()) found.push_back(item.error);
  for (const Verdict verdict : {Verdict::kFailed, Verdict::kIncomplete}) {
    for (const LegReport& leg : item.legs) {
      for (const TensorVerdict& tensor : leg.tensors) {
        if (tensor.verdict != verdict) continue;
        found.push_back(comparison_name(leg, tensor) + ": " + tensor.reason +
                        (tensor.classification.empty() ? "" : " (" + tensor.classification + ")"));
      }
      if (leg.tensors.empty() && leg.verdict == verdict) found.push_back(leg.leg + ": " + leg.note);
    }
  }
  return found;
}

std::string likeliest_cause(const CaseReport& item) {
  if (!item.explanations.empty()) {
    const Explanation& first = item.explanations.front();
    return first.cause + ": " + first.sentence;
  }
  const std::string common = common_classification(item);
  if (!common.empty()) return common;
  for (const LegReport& leg : item.legs) {
    if (!leg.first_divergence) continue;
    return leg.first_divergence->stage + ": " + leg.first_divergence->reason;
  }
  return item.blame;
}

std::string leg_summary(const CaseReport& item, std::string_view name) {
  std::string summary = "-";
  double largest = 0;
  Verdict verdict = Verdict::kPassed;
  for (const LegReport& leg : item.legs) {
    if (leg.leg != name) continue;
    verdict = worse(verdict, leg.verdict);
    for (const TensorVerdict& tensor : leg.tensors) {
      if (!tensor.noise) largest = std::max(largest, tensor.needed_rtol);
    }
    std::ostringstream text;
    if (verdict != Verdict::kPassed) {
      text << verdict_name(verdict);
    } else if (largest == 0) {
      text << "equal";
    } else {
      text << std::setprecision(1) << std::scientific << largest;
    }
    summary = text.str();
  }
  return summary;
}

std::string case_counts(const CheckReport& report) {
  return join_text(counted(report.cases.size(), "case"), ": ", report.count(Verdict::kPassed),
                   " passed, ", report.count(Verdict::kFailed), " failed, ",
                   report.count(Verdict::kIncomplete), " incomplete");
}

std::string tensor_counts(const Coverage& coverage) {
  std::string line = counted(coverage.compared, "tensor") + " compared";
  const auto also = [&line](size_t count, const char* what) {
    if (count > 0) line += ", " + std::to_string(count) + what;
  };
  also(coverage.unmatched, " unmatched");
  also(coverage.skipped, " skipped");
  also(coverage.all_zero, " all zero");
  also(coverage.constant, " constant");
  return line;
}

std::vector<std::string> headline(const CheckReport& report) {
  std::vector<std::string> lines = {verdict_line(report)};
  const auto causes = causes_of(report);
  for (size_t i = 0; i < std::min(kMostCauses, causes.size()); ++i) {
    lines.push_back((i == 0 ? "likeliest cause: " : "also: ") + causes[i].first + " (" +
                    counted(causes[i].second, "case") + ")");
  }
  if (!causes.empty()) return lines;
  for (const Verdict verdict : {Verdict::kFailed, Verdict::kIncomplete}) {
    const auto first = std::ranges::find(report.cases, verdict, &CaseReport::verdict);
    if (first == report.cases.end()) continue;
    const std::vector<std::string> all = complaints(*first);
    if (!all.empty()) lines.push_back("first: " + case_name(*first) + ": " + all.front());
    break;
  }
  return lines;
}

}  // namespace twingrad
