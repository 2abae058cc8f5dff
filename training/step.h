#pragma once

#include <map>
#include <string>
#include <vector>

#include "autodiff/convention.h"
#include "ir/builder.h"
#include "training/loss.h"
#include "training/optimizer.h"

namespace twingrad {

struct StepSpec {
  LossSpec loss;
  OptimizerSpec optimizer;
  // Names of initializers; empty: trainable_parameters(model). One that the loss does not depend on
  // stays as it is.
  std::vector<std::string> trained;
  Convention convention = Convention::kSpec;
  bool straight_through = false;  // see SweepOptions
};

// A tensor that goes from step to step.
struct HeldTensor {
  enum class Role : uint8_t { kParameter, kSlot, kStatistic };
  Role role;
  std::string name;  // of the model's initializer; of a slot "PARAMETER/SLOT"
  Tensor value;
};

// What a builder needs for one step.
struct StepInputs {
  // Inputs of the model, the target, and any of its initializers that are neither held nor to be
  // copied.
  std::map<std::string, ValueId> model;
  std::vector<ValueId> held;  // as in TrainableModel::held()
  ValueId step;               // float64 scalar: 1 in the first step, then 2, ...
  ValueId learning_rate;      // float64 scalar
};

struct EmittedStep {
  ValueId loss;
  std::vector<ValueId> gradients;  // one a trained parameter; kNoValue: no gradient
  std::vector<ValueId> next;       // what the held tensors are afterwards
  std::vector<ValueId> returned;   // the model's values that were asked for
};

// One training step of a model on any builder: the model, the loss, the gradients, the updates of
// parameters and optimizer slots, and the running statistics of BatchNormalization. The number of
// the step and the learning rate are inputs, so that what is emitted serves every step. A running
// statistic that several nodes update is updated by one after the other.
class TrainableModel {
 public:
  // The model outlives this. Throws Error: names that the model lacks, parameters that cannot be
  // trained, nothing to train, a bad loss or optimizer.
  TrainableModel(const Graph& model, StepSpec spec);

  const StepSpec& spec() const { return spec_; }
  const Optimizer& optimizer() const { return optimizer_; }
  const std::vector<std::string>& trained() const { return spec_.trained; }
  // What is held before the first step: the trained parameters, then each one's slots, then the
  // statistics. The parameters and statistics share the model's storage.
  const std::vector<HeldTensor>& held() const { return held_; }
  // The inputs that each step must be given: those of the model without a default, and the target.
  const std::vector<std::string>& inputs() const { return inputs_; }

  // `returned` names values of the model. With `release`, on a builder that executes, what has been
  // used is released at once. Throws Error for inputs that are missing, unknown or do not fit.
  EmittedStep emit(Builder& builder, const StepInputs& inputs,
                   const std::vector<std::string>& returned = {}, bool release = false) const;

 private:
  struct Emission;

  void hold_parameters();
  void hold_statistics();
  void collect_inputs();
  ValueId value_of_model(const std::string& name) const;
  void bind_data(Emission& emission) const;
  void emit_model(Emission& emission) const;
  ValueId emit_loss(Emission& emission) const;
  std::vector<ValueId> emit_gradients(Emission& emission, ValueId loss,
                                      const std::vector<ValueId>& returned) const;
  std::vector<ValueId> emit_updates(Emission& emission,
                                    const std::vector<ValueId>& gradients) const;

  const Graph& model_;
  StepSpec spec_;
  Optimizer optimizer_;
  std::vector<HeldTensor> held_;
  std::vector<ValueId> held_in_model_;  // kNoValue for slots
  std::vector<std::string> inputs_;
};

}  // namespace twingrad
