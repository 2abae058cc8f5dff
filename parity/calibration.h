#pragma once

#include <functional>
#include <string>
#include <vector>

#include "backends/thread_pool.h"
#include "parity/targets.h"
#include "parity/tolerance_file.h"

namespace twingrad {

struct Calibration {
  std::vector<ToleranceEntry> entries;  // one a tensor that a reference has
  size_t cases = 0;                     // that were measured
  std::vector<std::string> left_out;    // "TARGET/NAME: why"
};

// Measures the tolerance of every tensor of the cases that have a reference
// (parity/measured_tolerances.h); `progress` is called before each.
Calibration calibrate(const std::vector<std::string>& targets, const TargetOptions& options,
                      const std::string& backend, ThreadPool& pool,
                      const std::function<void(const std::string&)>& progress);

}  // namespace twingrad
