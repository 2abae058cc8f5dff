#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "backends/thread_pool.h"
#include "parity/model_inputs.h"
#include "parity/report.h"
#include "parity/runner.h"
#include "parity/targets.h"
#include "parity/tolerance_file.h"

namespace twingrad {

struct CheckOptions {
  bool modes = true;
  bool differences = true;
  bool reference = true;
  std::string backend = "openblas";
  // For the self-test, which shows that faults are found: kernels in the place of the backend's,
  // and a rewriting of the graph that the static mode runs.
  const Backend* kernels = nullptr;
  GraphRewrite rewrite = nullptr;
  int most_lines = 2000;  // of the differences' search for kinks in one value that differs
  std::optional<double> rtol;
  std::optional<double> atol;
  bool measured_tolerances = false;  // of every tensor, in place of the defaults
  // Of single tensors likewise. Lines that fit no tensor of the targets are an Error.
  std::vector<ToleranceEntry> tolerances = {};
  bool intermediates = false;
  bool isolated = false;    // also every node by itself, fed with exact and with recorded values
  bool pictures = false;    // of the models, for a report that shows them
  double min_coverage = 0;  // a case of which a smaller share was compared is incomplete
  bool explain = true;      // whether the causes of what failed are looked for
  bool tape_only = false;   // without the static mode; then not with `modes`
};

// Runs every leg that applies to a case. Whatever the case throws becomes its verdict: failed for
// bad input, incomplete for what is not supported.
CaseReport check_case(const ParityCase& item, const CheckOptions& options, ThreadPool& pool);

// The same for a whole list of targets; `progress` is called before each case. A target that cannot
// be read is a failed case with its error. Throws Error for one that does not exist or holds
// nothing if it is the only one.
CheckReport check_targets(const std::vector<std::string>& targets,
                          const TargetOptions& target_options, const CheckOptions& options,
                          ThreadPool& pool,
                          const std::function<void(const std::string&)>& progress);

}  // namespace twingrad
