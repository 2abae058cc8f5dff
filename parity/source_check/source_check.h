#pragma once

#include <string>

#include "parity/bundle.h"

namespace twingrad {

// What another program said of generated code.
struct SourceCheck {
  enum class Result : uint8_t { kAgrees, kDiffers, kDoesNotRun };
  Result result = Result::kDoesNotRun;
  std::string report;  // its output: a line for the case, and one for each tensor that differs
};

// Runs generated code under its framework and compares outputs and gradients with a bundle, a
// folder. `interpreter` is a Python that has the framework, numpy and safetensors. Throws Error
// where there is no such interpreter, and (unsupported) where it lacks one of them.
SourceCheck check_source(const std::string& framework, const std::string& code,
                         const std::string& bundle, const std::string& interpreter);

}  // namespace twingrad
