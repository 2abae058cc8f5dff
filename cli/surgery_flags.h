#pragma once

#include <string>
#include <vector>

#include "cli/model_options.h"

namespace twingrad {

// What convert does to a model before it writes it.
struct SurgeryFlags {
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::string batch;
  std::vector<std::string> renames;
};

// Adds the flags; those of ModelOptions must stand there. `--inputs` names values here, so the
// files of values that other commands know by it are `--input-values`.
void declare_surgery(FlagSet& app, SurgeryFlags& flags, ModelOptions& options);

// The model after all that the flags ask for, in the order of the table in surgery_flags.cpp.
// Throws Error that begins with the flag; a name that is not there is answered with the nearest.
void operate(Model& model, const SurgeryFlags& flags);

}  // namespace twingrad
