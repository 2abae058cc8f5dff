#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "exporters/drawing/picture.h"
#include "parity/divergence.h"
#include "parity/explanation.h"
#include "parity/kinks.h"
#include "parity/verdict.h"

namespace twingrad {

// One comparison of two sides over all tensors of a case.
struct LegReport {
  std::string leg;    // modes, differences, reference
  std::string left;   // a runner
  std::string right;  // a runner, "central differences", or the framework of the reference
  Verdict verdict = Verdict::kPassed;
  std::vector<TensorVerdict> tensors;
  std::string note;                                 // e.g. why nothing was compared
  std::optional<Divergence> first_divergence = {};  // of a training run that failed

  void add(TensorVerdict tensor);
};

// How much was compared. Unmatched: one side has no such tensor. Skipped: incomplete for another
// reason, or a leg or case that did not run. All zero and constant ones are compared, and weak.
struct Coverage {
  size_t compared = 0;
  size_t unmatched = 0;
  size_t skipped = 0;
  size_t all_zero = 0;
  size_t constant = 0;

  // Of what was to be compared; 0 where that is nothing.
  double share() const;
  void add(const Coverage& other);
};

struct CaseReport {
  std::string target;  // the path as given
  std::string name;
  Verdict verdict = Verdict::kPassed;
  std::string conventions;
  std::vector<LegReport> legs;
  std::string error;  // why the case could not be run, if so
  double seconds = 0;
  std::string blame = {};                      // who differs from whom, where something failed
  std::vector<Explanation> explanations = {};  // of failed reference legs, likeliest first
  std::string untried = {};                    // which causes time did not suffice for, if so
  std::vector<KinkCount> kinks = {};           // of failed reference legs: nodes at kinks and ties
  std::string model = {};                      // the path of its file
  std::string model_sha256 = {};
  std::string inputs_sha256 = {};       // see parity/digest.h
  std::optional<Picture> picture = {};  // of the model, where it was asked for

  void add(LegReport leg);
  Coverage coverage() const;
};

struct CheckReport {
  std::vector<CaseReport> cases;
  std::vector<std::pair<std::string, std::string>> environment;

  size_t count(Verdict verdict) const;
  Coverage coverage() const;
  // 1 if anything failed, else 3 if anything is incomplete or nothing was compared, else 0.
  int exit_code() const;
};

// The name of a tensor; of a training run's without the step.
std::string base_name(const TensorVerdict& tensor);

// The forms of a report. The JSON's keys are a promise to scripts.
std::string report_json(const CheckReport& report);
std::string report_junit(const CheckReport& report);
// SARIF 2.1.0: a result for each tensor that failed (error) or could not be compared (note).
std::string report_sarif(const CheckReport& report);
// Annotations by GitHub's workflow commands, one a case that did not pass, failed ones first: of
// more than ten errors a step GitHub shows ten.
std::string report_github(const CheckReport& report);
// One file that needs nothing else.
std::string report_html(const CheckReport& report);
// For a terminal of that many columns: verdict and likeliest causes, a table of the cases, failures
// in full, and the counts.
std::string report_text(const CheckReport& report, size_t columns, bool colour, bool verbose);

}  // namespace twingrad
