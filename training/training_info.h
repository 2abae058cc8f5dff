#pragma once

#include "ir/model.h"
#include "training/step.h"

namespace twingrad {

// One training step as ONNX's TrainingInfoProto has it, beside the model that it trains:
//   captures   the model's inputs and initializers
//   inputs     the target, where it is no input of the model; `learning_rate`, a float64 scalar,
//              which has a default
//   state      the trained parameters and running statistics, initializers of the model; `step`, a
//              float64 scalar, and "PARAMETER/SLOT", initializers of the algorithm
//   outputs    `loss`, `step_next`, and NAME_next for what is updated
// The forward pass is the algorithm's own, since training may change it. The initialization sets
// `step` and the slots back; parameters start from what the model has. `source` is the model that
// `model` was made of, `inference` the one that it is written beside: the same, perhaps in another
// mode. Throws Error as TrainableModel::emit does.
TrainingInfo training_info(const TrainableModel& model, const Graph& source,
                           const Graph& inference);

}  // namespace twingrad
