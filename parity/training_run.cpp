#include "parity/training_run.h"

#include <variant>

namespace twingrad {
namespace {

Settings settings_of(const ReferenceOptimizer& optimizer) {
  Settings settings;
  for (const auto& [name, value] : optimizer.settings) {
    std::visit(
        [&settings, &name = name]<typename T>(const T& held) {
          if constexpr (std::is_same_v<T, int64_t>) {
            settings.set(name, static_cast<double>(held));
          } else {
            settings.set(name, held);
          }
        },
        value);
  }
  return settings;
}

NamedTensors held_as(const Trainer& trainer, const TensorMap& recorded) {
  NamedTensors held;
  for (const auto& [name, value] : recorded) held[name] = trainer.held(name);
  return held;
}

}  // namespace

StepSpec step_spec(const ParityCase& item) {
  const TrainingRun& run = *item.training_run;
  StepSpec spec;
  spec.loss.kind = run.loss.kind;
  spec.loss.prediction = run.loss.kind == "output" ? run.loss.name : run.loss.prediction;
  spec.loss.target = run.loss.target;
  spec.loss.reduction = run.loss.reduction;
  spec.optimizer = {run.optimizer.kind, run.optimizer.profile, settings_of(run.optimizer)};
  for (const auto& [name, value] : run.initial) spec.trained.push_back(name);
  spec.convention = item.question.convention;
  spec.straight_through = item.question.straight_through;
  return spec;
}

std::map<std::string, Tensor> step_inputs(const ParityCase& item, const TrainingStep& step) {
  std::map<std::string, Tensor> inputs = step.inputs;
  for (const auto& [name, mask] : step.draws) inputs[item.draw_inputs.at(name)] = mask;
  return inputs;
}

DataType precision_of(const TrainingRun& run) {
  return run.initial.empty() ? DataType::kFloat : run.initial.begin()->second.type();
}

std::unique_ptr<Trainer> run_trainer(const ParityCase& item, const RunMode& mode) {
  TrainerOptions options;
  options.backend = mode.backend;
  options.pool = mode.pool;
  options.gradients = true;
  TrainableModel model(item.graph, step_spec(item));
  auto trainer = mode.planned ? make_static_trainer(std::move(model), options)
                              : make_eager_trainer(std::move(model), options);
  for (const auto& [name, value] : item.training_run->initial) trainer->set_held(name, value);
  return trainer;
}

RunRecord repeat_run(const ParityCase& item, const RunMode& mode) {
  const TrainingRun& run = *item.training_run;
  const auto trainer = run_trainer(item, mode);
  RunRecord record;
  for (const TrainingStep& step : run.steps) {
    const StepResult result = trainer->step(step_inputs(item, step), 0);
    record.losses.push_back(result.loss);
    NamedTensors gradients;
    for (const NamedTensor& gradient : result.gradients) {
      if (step.gradients.contains(gradient.name)) gradients[gradient.name] = gradient.tensor;
    }
    record.gradients.push_back(std::move(gradients));
    record.parameters.push_back(held_as(*trainer, step.parameters));
    record.state.push_back(held_as(*trainer, step.state));
  }
  record.final = held_as(*trainer, run.final);
  return record;
}

}  // namespace twingrad
