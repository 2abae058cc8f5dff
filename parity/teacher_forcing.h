#pragma once

#include <map>
#include <optional>
#include <string>

#include "parity/training_run.h"
#include "parity/verdict.h"

namespace twingrad {

// One step of a recorded run on what the reference itself had before it, so that errors of earlier
// steps do not get in. Either there is a result, or `missing` says which record lacks.

struct ForcedUpdate {
  std::optional<Tensor> parameter;  // after the step
  Tensor before;                    // the step
  std::string missing;
};

// The update alone: our optimizer on the reference's gradients and parameters. Where the optimizer
// has slots they are made from the recorded gradients of all steps before. `step` is from 1.
ForcedUpdate forced_update(const TrainingRun& run, const Optimizer& optimizer,
                           const std::string& parameter, size_t step, const RunMode& mode);

// The update against the recorded parameter. Both come of equal numbers, so that only the rounding
// of one formula is allowed: some units in the last place of the parameter, and of the change 1e-4
// in float (frameworks take powers of decays in float), 1e-9 in double.
TensorVerdict compare_update(const std::string& name, const ForcedUpdate& update,
                             const Tensor& want);

// The first step of every parameter whose recorded update our optimizer does not make; those whose
// updates cannot be made, or are right, are absent.
std::map<std::string, size_t> first_wrong_updates(const TrainingRun& run,
                                                  const Optimizer& optimizer, const RunMode& mode);

struct ForcedStep {
  std::optional<StepResult> result;
  std::string missing;
};

// Loss and gradients at the reference's parameters.
ForcedStep forced_step(const ParityCase& item, size_t step, const RunMode& mode);

}  // namespace twingrad
