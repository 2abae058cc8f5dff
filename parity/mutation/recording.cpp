#include "parity/mutation/recording.h"

#include "parity/runner.h"
#include "parity/training_run.h"

namespace twingrad {
namespace {

// Fills in what the steps of the run give.
void record_run(const ParityCase& item, TrainingRun& run, ThreadPool& pool) {
  const auto trainer = run_trainer(item, {false, &reference_backend(), &pool});
  for (TrainingStep& step : run.steps) {
    const StepResult result = trainer->step(step_inputs(item, step), 0);
    step.loss = result.loss;
    for (const NamedTensor& gradient : result.gradients) {
      step.gradients[gradient.name] = gradient.tensor;
    }
    for (const auto& [name, value] : run.initial) step.parameters[name] = trainer->held(name);
  }
  run.final = run.steps.back().parameters;
}

}  // namespace

ParityCase recorded(ParityCase item, ThreadPool& pool) {
  Question question = item.question;
  question.graph = &item.graph;
  const Answer answer = eager_runner(reference_backend(), pool).run(question);
  Expectation expected;
  expected.source = "a recording of twingrad";
  expected.outputs = answer.outputs;
  expected.gradients = answer.gradients;
  expected.second_order = answer.second_order;
  expected.third_order = answer.third_order;
  if (item.training_run) {
    TrainingRun run = *item.training_run;
    record_run(item, run, pool);
    item.training_run = std::move(run);
  }
  item.expected = std::move(expected);
  return item;
}

ParityCase held_to(ParityCase original, ParityCase other, ThreadPool& pool) {
  ParityCase result = recorded(std::move(other), pool);
  original.expected = std::move(result.expected);
  if (!original.training_run) return original;
  TrainingRun& run = *original.training_run;
  for (size_t i = 0; i < run.steps.size(); ++i) {
    TrainingStep& step = run.steps[i];
    const TrainingStep& theirs = result.training_run->steps[i];
    step.loss = theirs.loss;
    step.gradients = theirs.gradients;
    step.parameters = theirs.parameters;
  }
  run.final = result.training_run->final;
  return original;
}

}  // namespace twingrad
