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
  bool fold = false;
  std::string element_type;
};

// What is known of how the model will be written.
struct Writing {
  bool verify = true;
  int64_t opset = 0;  // of ONNX; 0: any that is usual
};

// Adds the flags; those of ModelOptions must stand there. `--inputs` names values here, so the
// files of values that other commands know by it are `--input-values`.
void declare_surgery(FlagSet& app, SurgeryFlags& flags, ModelOptions& options);

// Makes of the model what the flags ask for, in the order of the table in surgery_flags.cpp, and
// prints what was found on the way. `options` are those that the model was loaded by; those of
// verification follow the model's. False: `verify`, and folding made another function of it, which
// is reported. Throws Error; a name that is not there is answered with the nearest.
bool operate(Model& model, const SurgeryFlags& flags, ModelOptions& options,
             const Writing& writing);

}  // namespace twingrad
