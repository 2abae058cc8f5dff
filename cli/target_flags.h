#pragma once

#include "cli/model_options.h"
#include "parity/targets.h"

namespace twingrad {

// What every command understands whose operands are targets: models, bundles, ONNX test folders.
struct TargetFlags : ModelOptions {
  std::string only;                // cases whose name contains this
  bool given_conventions = false;  // else those that a bundle names hold
};

// --only, for a command that may leave cases out.
void declare_only(FlagSet& app, TargetFlags& flags);
// Backend, threads, precision, conventions and the like. The flags outlive the parser.
void declare_target_execution(FlagSet& app, TargetFlags& flags);
// That, and what targets that are models need: inputs, shapes, the mode of Dropout and such.
void declare_target(FlagSet& app, TargetFlags& flags);

// What the flags say; keeps a reference to them.
TargetOptions target_options(const TargetFlags& flags);

}  // namespace twingrad
