#pragma once

#include <functional>
#include <string>
#include <vector>

#include "backends/thread_pool.h"

namespace twingrad {

// What became of one fault.
struct MutationResult {
  std::string name;  // "derivative/sign/perceptron/Tanh 0"
  std::string seam;
  std::string kind;
  std::string demanded_leg;
  std::vector<std::string> legs = {};  // those that caught it; "error": the case could not be run
  std::string cause = {};              // that must come first; empty: it has no fingerprint
  std::string explained = {};          // the cause that came first; empty: none was found
  std::string sentence = {};           // of that explanation
  std::string error = {};              // why the fault could not be put in or checked
  double seconds = 0;

  bool is_caught() const;
  bool is_explained() const { return explained == cause; }
};

// The harness, shown faults that are known. Base cases must pass as they are: a harness that fails
// everything catches everything.
struct SelfTestReport {
  std::vector<MutationResult> results;
  std::vector<std::string> false_alarms;  // base cases that do not pass, with the reason
  double seconds = 0;

  size_t caught() const;
  size_t kinds() const;
  size_t with_fingerprint() const;
  size_t explained() const;
  // 0: no false alarm, everything caught, and of what has a fingerprint at least 90 % explained by
  // the right cause first. Else 1.
  int exit_code() const;
};

// Injects every mutation whose name matches the pattern (as --only of check does; empty: all), one
// at a time, and checks it. `progress` may be called from any thread of the pool. Throws Error
// where nothing matches.
SelfTestReport self_test(const std::string& only, ThreadPool& pool,
                         const std::function<void(const std::string&)>& progress = nullptr);

// For a terminal of 80 columns: a line a kind with what caught it, then whatever was not
// caught or not explained; `verbose`: a line for every mutation.
std::string self_test_text(const SelfTestReport& report, bool verbose);
std::string self_test_json(const SelfTestReport& report);

}  // namespace twingrad
