#include "parity/run_noise.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <sstream>

#include "ir/precision.h"
#include "parity/element_statistics.h"
#include "parity/perturbation.h"

namespace twingrad {
namespace {

// The case's run in double: graph, initial parameters and inputs.
ParityCase in_double(const ParityCase& item) {
  ParityCase result = item;
  result.graph = with_precision(item.graph, DataType::kDouble);
  TrainingRun& run = *result.training_run;
  const auto widen = [](TensorMap& tensors) {
    for (auto& [name, tensor] : tensors) tensor = with_precision(tensor, DataType::kDouble);
  };
  widen(run.initial);
  for (TrainingStep& step : run.steps) {
    widen(step.inputs);
    widen(step.draws);
  }
  return result;
}

void raise(double& noise, double apart) {
  noise = std::max(noise, apart);
}

// The trainers side by side: the first is ours, the others are what it is measured by.
class SideBySide {
 public:
  SideBySide(const ParityCase& item, const RunMode& mode) : item_(item), wide_(in_double(item)) {
    trainers_.push_back(run_trainer(item_, mode));
    if (precision_of(*item.training_run) != DataType::kDouble) {
      trainers_.push_back(run_trainer(wide_, mode));
    }
    for (int run = 1; run <= kPerturbedRuns; ++run) {
      const RunMode perturbed{false, &perturbed_backend(*mode.backend, run), mode.pool};
      trainers_.push_back(run_trainer(item_, perturbed));
    }
  }

  bool has_double() const { return trainers_.size() > kPerturbedRuns + 1; }

  // Raises the noise by that of the step; returns the worst parameter's share.
  double step(size_t index, StepNoise& noise) {
    const TrainingStep& step = item_.training_run->steps[index];
    std::vector<StepResult> results;
    for (size_t i = 0; i < trainers_.size(); ++i) {
      const bool wide = i == 1 && has_double();
      const ParityCase& item = wide ? wide_ : item_;
      results.push_back(trainers_[i]->step(step_inputs(item, item.training_run->steps[index]), 0));
    }
    for (size_t i = 1; i < trainers_.size(); ++i) {
      raise(noise.loss, std::fabs(results[0].loss - results[i].loss));
      add_gradients(step, results[0], results[i], noise);
      for (const auto& [name, value] : step.state) add_held(name, i, noise.state[name]);
      for (const auto& [name, value] : item_.training_run->initial) {
        add_held(name, i, noise.parameters[name]);
      }
    }
    return worst_share(noise);
  }

 private:
  static void add_gradients(const TrainingStep& step, const StepResult& ours,
                            const StepResult& other, StepNoise& noise) {
    for (size_t k = 0; k < ours.gradients.size(); ++k) {
      const std::string& name = ours.gradients[k].name;
      if (!step.gradients.contains(name)) continue;
      raise(noise.gradients[name],
            largest_difference(ours.gradients[k].tensor, other.gradients[k].tensor));
    }
  }

  void add_held(const std::string& name, size_t other, double& noise) const {
    raise(noise, largest_difference(trainers_[0]->held(name), trainers_[other]->held(name)));
  }

  double worst_share(const StepNoise& noise) const {
    double worst = 0;
    for (const auto& [name, apart] : noise.parameters) {
      const double scale = largest_magnitude(trainers_[0]->held(name));
      if (scale > 0) worst = std::max(worst, apart / scale);
    }
    return worst;
  }

  const ParityCase& item_;
  ParityCase wide_;
  std::vector<std::unique_ptr<Trainer>> trainers_;
};

}  // namespace

RunNoise measure_run_noise(const ParityCase& item, const RunMode& mode) {
  SideBySide runs(item, {false, mode.backend, mode.pool});
  RunNoise result;
  const size_t steps = item.training_run->steps.size();
  for (size_t i = 0; i < steps; ++i) {
    result.steps.push_back(i == 0 ? StepNoise() : result.steps.back());
    result.last = runs.step(i, result.steps.back());
    if (i == 0) result.first = result.last;
  }
  if (steps > 1 && result.first > 0) {
    result.growth = std::pow(result.last / result.first, 1 / static_cast<double>(steps - 1));
  }
  result.how = runs.has_double() ? "float32 against float64 and " : "";
  result.how += std::to_string(kPerturbedRuns) + " perturbed runs";
  return result;
}

std::string growth_text(const RunNoise& noise) {
  std::ostringstream text;
  text.precision(3);
  text << noise.how << ": rounding grows x" << noise.growth << " a step, from " << noise.first
       << " to " << noise.last << " of a parameter";
  return text.str();
}

}  // namespace twingrad
