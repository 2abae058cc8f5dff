#pragma once

#include <string>

#include "cli/model_options.h"

namespace twingrad {

struct GeneratedCode {
  std::string framework;
  std::string path;
  std::string verify_with;  // "python" or "python=INTERPRETER"
};

// Runs the code under its framework and compares it with the model on drawn inputs, its outputs and
// the gradients of all inputs and parameters. Prints what differs; returns the exit code. Throws
// Error for an interpreter that cannot do it.
int verify_source(const ModelOptions& options, const Model& model, const GeneratedCode& code);

}  // namespace twingrad
