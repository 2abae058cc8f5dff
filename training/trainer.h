#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backends/backend.h"
#include "backends/static/program.h"
#include "ir/named_tensor.h"
#include "training/step.h"

namespace twingrad {

struct TrainerOptions {
  const Backend* backend = nullptr;
  ThreadPool* pool = nullptr;
  bool gradients = false;             // whether steps return the gradients of the parameters
  std::vector<std::string> returned;  // values of the model that steps return
  ProgramOptions program = {};        // of the static mode
};

struct StepResult {
  double loss = 0;
  std::vector<NamedTensor> gradients;  // without those that do not exist
  std::vector<NamedTensor> returned;
};

// Trains a model step by step. The two modes give the same numbers: they emit the same step, one
// once for each set of input shapes, the other anew each time.
class Trainer {
 public:
  // The model of the step, backend and pool outlive this; the model is not changed.
  Trainer(TrainableModel model, TrainerOptions options);
  virtual ~Trainer() = default;
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  // One step on TrainableModel::inputs(). The seed decides the model's random draws. Throws Error
  // for inputs that are missing or do not fit, and for class indices below 0.
  StepResult step(const std::map<std::string, Tensor>& inputs, uint64_t seed);

  const TrainableModel& trainable() const { return trainable_; }
  int64_t steps_done() const { return steps_done_; }
  void set_steps_done(int64_t steps) { steps_done_ = steps; }  // when a run is resumed
  double learning_rate() const { return learning_rate_; }
  void set_learning_rate(double rate) { learning_rate_ = rate; }

  // The nodes of the last step, and the kernels (fused groups) that ran them; 0 before the first.
  struct Size {
    size_t nodes = 0;
    size_t kernels = 0;
  };
  virtual Size size() const = 0;

  // Copies of all that goes from step to step, in the order of TrainableModel::held().
  std::vector<HeldTensor> held() const;
  // A copy of one, for example a parameter; Error where there is none of this name.
  Tensor held(std::string_view name) const;
  // Type and shape must be equal.
  void set_held(std::string_view name, const Tensor& value);

 protected:
  virtual StepResult run(const std::map<std::string, Tensor>& inputs, uint64_t seed) = 0;
  // Takes a copy of the value, which fits.
  virtual void assign(size_t index, const Tensor& value) = 0;

  // The scalars of the step that comes.
  Tensor step_number() const { return Tensor::scalar(static_cast<double>(steps_done_ + 1)); }
  Tensor step_rate() const { return Tensor::scalar(learning_rate_); }
  const TrainerOptions& options() const { return options_; }
  std::vector<HeldTensor>& tensors() { return held_; }

 private:
  size_t index_of(std::string_view name) const;

  TrainableModel trainable_;
  TrainerOptions options_;
  std::vector<HeldTensor> held_;
  int64_t steps_done_ = 0;
  double learning_rate_;
};

// Static: a program for each set of input shapes; parameters are updated in place.
std::unique_ptr<Trainer> make_static_trainer(TrainableModel model, TrainerOptions options);
// Eager: every step records a tape, sweeps it and lets it go.
std::unique_ptr<Trainer> make_eager_trainer(TrainableModel model, TrainerOptions options);

}  // namespace twingrad
