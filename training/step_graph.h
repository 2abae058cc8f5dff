#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "training/step.h"

namespace twingrad {

struct StepGraphOptions {
  std::map<std::string, int64_t> dims;  // symbolic dimensions to be fixed
  std::map<std::string, Shape> shapes;  // of inputs
};

// One training step as a graph that any runtime can execute, again and again:
//   inputs   those of the model, the target; `step` and `learning_rate`, float64 scalars; and every
//            tensor that goes from step to step, under its own name (TrainableModel::held): the
//            trained parameters, "PARAMETER/SLOT", running statistics
//   outputs  `loss`, `step_next` and for every such tensor NAME_next, to be fed as NAME next time
// What goes from step to step has its value before the first step as default, so that the first
// call needs the data only. `source` is the model that `model` was made of. Throws Error as
// TrainableModel::emit does.
Graph step_graph(const TrainableModel& model, const Graph& source, const StepGraphOptions& options);

}  // namespace twingrad
