#pragma once

#include <vector>

#include "backends/backend.h"
#include "parity/targets.h"
#include "training/step.h"
#include "training/trainer.h"

namespace twingrad {

// What a recorded run and our repetition of it are compared by: of every step whatever the
// reference has of it.
struct RunRecord {
  std::vector<double> losses;
  std::vector<NamedTensors> gradients;
  std::vector<NamedTensors> parameters;  // after the step
  std::vector<NamedTensors> state;       // after the step
  NamedTensors final;
};

struct RunMode {
  bool planned = false;  // static, else eager
  const Backend* backend = nullptr;
  ThreadPool* pool = nullptr;
};

// The step of the case's training run, whose loss, optimizer and parameters the reference names.
// Throws Error, kUnsupported for an optimizer that is not known here.
StepSpec step_spec(const ParityCase& item);

// What one step of the run is given.
std::map<std::string, Tensor> step_inputs(const ParityCase& item, const TrainingStep& step);

// The element type of the run's parameters.
DataType precision_of(const TrainingRun& run);

// A trainer of the case's model that holds the run's initial parameters. The case outlives it.
std::unique_ptr<Trainer> run_trainer(const ParityCase& item, const RunMode& mode);

// The run again, on the recorded inputs and draws.
RunRecord repeat_run(const ParityCase& item, const RunMode& mode);

}  // namespace twingrad
