#include "parity/training_leg.h"

#include <algorithm>
#include <cmath>
#include <variant>

#include "ir/error.h"
#include "training/trainer.h"

namespace twingrad {
namespace {

// What both sides of a comparison have of one run.
struct RunRecord {
  std::vector<double> losses;
  std::vector<NamedTensors> gradients;   // where the reference has them
  std::vector<NamedTensors> parameters;  // after the step, where the reference has them
  NamedTensors final;
};

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

// The case's own inputs hold for the parameters that are not trained; each step brings the rest.
std::map<std::string, Tensor> step_inputs(const ParityCase& item, const TrainingStep& step) {
  std::map<std::string, Tensor> inputs = step.inputs;
  for (const auto& [name, mask] : step.draws) inputs[item.draw_inputs.at(name)] = mask;
  return inputs;
}

RunRecord train(const ParityCase& item, bool planned, const Backend& backend, ThreadPool& pool) {
  const TrainingRun& run = *item.training_run;
  TrainerOptions options;
  options.backend = &backend;
  options.pool = &pool;
  options.gradients = true;
  TrainableModel model(item.graph, step_spec(item));
  const auto trainer = planned ? make_static_trainer(std::move(model), options)
                               : make_eager_trainer(std::move(model), options);
  for (const auto& [name, value] : run.initial) trainer->set_held(name, value);
  RunRecord record;
  for (const TrainingStep& step : run.steps) {
    const StepResult result = trainer->step(step_inputs(item, step), 0);
    record.losses.push_back(result.loss);
    NamedTensors gradients;
    for (const NamedTensor& gradient : result.gradients) {
      if (step.gradients.contains(gradient.name)) gradients[gradient.name] = gradient.tensor;
    }
    record.gradients.push_back(std::move(gradients));
    NamedTensors parameters;
    for (const auto& [name, value] : step.parameters) parameters[name] = trainer->held(name);
    record.parameters.push_back(std::move(parameters));
  }
  for (const auto& [name, value] : run.final) record.final[name] = trainer->held(name);
  return record;
}

DataType precision_of(const TrainingRun& run) {
  return run.initial.empty() ? DataType::kFloat : run.initial.begin()->second.type();
}

// What the recorded runs promise: 1e-5 of the largest element in float, 1e-9 in double.
Tolerance run_tolerance(DataType type) {
  const double relative = type == DataType::kDouble ? 1e-9 : 1e-5;
  Tolerance tolerance;
  tolerance.rtol = relative;
  tolerance.scaled = relative;
  return tolerance;
}

std::string at_step(const std::string& name, size_t step) {
  return name + " (step " + std::to_string(step) + ")";
}

void add_missing(LegReport& leg, const std::string& kind, const std::string& name) {
  TensorVerdict missing;
  missing.name = name;
  missing.kind = kind;
  missing.verdict = Verdict::kFailed;
  missing.reason = "is missing here";
  leg.add(std::move(missing));
}

double largest_of(const NamedTensors& tensors) {
  double largest = 0;
  for (const auto& [name, tensor] : tensors) {
    largest = std::max(largest, largest_magnitude(tensor));
  }
  return largest;
}

void compare_gradients(LegReport& leg, const NamedTensors& ours, const NamedTensors& theirs,
                       size_t step, Tolerance tolerance) {
  // What is truly zero is rounding noise of what cancels in it (a bias before a normalization).
  tolerance.absolute = 0.3 * tolerance.rtol * largest_of(theirs);
  for (const auto& [name, want] : theirs) {
    const auto found = ours.find(name);
    if (found == ours.end()) {
      add_missing(leg, "gradient", at_step(name, step));
    } else {
      TensorVerdict verdict =
          compare(at_step(name, step), "gradient", found->second, want, tolerance);
      verdict.noise = largest_magnitude(want) <= tolerance.absolute;
      leg.add(std::move(verdict));
    }
  }
}

// Elements of parameters that only rounding noise moves; an optimizer that divides by the
// gradient's size moves them by a few learning rates in every step, in whichever direction
// (RMSprop's first step is 10 of them at its usual decay).
struct NoisyElement {
  int64_t index;
  double allowed;  // how far in a step
};
using Noise = std::map<std::string, std::vector<NoisyElement>>;

// `ours` with the elements that noise moved no further than allowed as they should be.
Tensor without_noise(const Tensor& ours, const Tensor& want, std::span<const NoisyElement> elements,
                     size_t step) {
  Tensor result = ours.clone();
  for (const NoisyElement& element : elements) {
    const double aim = element_as_double(want, element.index);
    const double moved = std::fabs(element_as_double(ours, element.index) - aim);
    if (moved <= element.allowed * static_cast<double>(step)) {
      set_element(result, element.index, aim);
    }
  }
  return result;
}

void compare_parameters(LegReport& leg, const NamedTensors& ours, const NamedTensors& theirs,
                        size_t step, const Tolerance& tolerance, const Noise& noise) {
  for (const auto& [name, want] : theirs) {
    const auto found = ours.find(name);
    if (found == ours.end()) {
      add_missing(leg, "parameter", at_step(name, step));
      continue;
    }
    TensorVerdict verdict =
        compare(at_step(name, step), "parameter", found->second, want, tolerance);
    const auto moved = noise.find(name);
    if (verdict.verdict == Verdict::kFailed && moved != noise.end() &&
        found->second.shape() == want.shape()) {
      const Tensor rest = without_noise(found->second, want, moved->second, step);
      verdict = compare(at_step(name, step), "parameter", rest, want, tolerance);
      if (verdict.verdict == Verdict::kPassed) {
        verdict.noise = true;
        verdict.reason = std::to_string(moved->second.size()) + " of " +
                         std::to_string(want.element_count()) +
                         " elements moved by rounding noise only: their gradient is zero beside "
                         "the others";
      }
    }
    leg.add(std::move(verdict));
  }
}

NamedTensors present(const GradientMap& gradients) {
  NamedTensors result;
  for (const auto& [name, value] : gradients) {
    if (value) result[name] = *value;
  }
  return result;
}

double learning_rate(const TrainingRun& run) {
  for (const char* name : {"lr", "learning_rate"}) {
    const auto found = run.optimizer.settings.find(name);
    if (found == run.optimizer.settings.end()) continue;
    if (const auto* rate = std::get_if<double>(&found->second)) return *rate;
  }
  return 0;
}

// The largest share that elements have in the largest gradient of a step, over the steps.
using Shares = std::map<std::string, std::vector<double>>;

void add_shares(Shares& shares, const NamedTensors& gradients) {
  const double largest = std::max(largest_of(gradients), 1e-300);
  for (const auto& [name, gradient] : gradients) {
    std::vector<double>& share = shares[name];
    share.resize(static_cast<size_t>(gradient.element_count()));
    for (size_t i = 0; i < share.size(); ++i) {
      const double size = std::fabs(element_as_double(gradient, static_cast<int64_t>(i)));
      share[i] = std::max(share[i], size / largest);
    }
  }
}

// Elements whose recorded gradients are in no step anything beside the largest. Where they are zero
// altogether less is excused: that may also be the gradient of what is used in later steps only.
Noise noise_of(const TrainingRun& run, const Tolerance& tolerance) {
  Shares shares;
  for (const TrainingStep& step : run.steps) add_shares(shares, present(step.gradients));
  const double rate = learning_rate(run);
  Noise noise;
  for (const auto& [name, share] : shares) {
    for (size_t i = 0; i < share.size(); ++i) {
      if (share[i] > 0.3 * tolerance.rtol) continue;
      const double rates = share[i] > 0 ? 20 : 1e-4;
      noise[name].push_back({static_cast<int64_t>(i), rates * rate});
    }
  }
  return noise;
}

void compare_loss(LegReport& leg, double ours, double theirs, size_t step,
                  const Tolerance& tolerance) {
  leg.add(compare(at_step("loss", step), "loss", Tensor::scalar(ours), Tensor::scalar(theirs),
                  tolerance));
}

LegReport reference_leg(const std::string& name, const RunRecord& record, const ParityCase& item) {
  const TrainingRun& run = *item.training_run;
  LegReport leg{
      "reference",      name, item.expected ? item.expected->source : "",
      Verdict::kPassed, {},   "training run of " + std::to_string(run.steps.size()) + " steps"};
  const Tolerance tolerance = run_tolerance(precision_of(run));
  const Noise noise = noise_of(run, tolerance);
  for (size_t i = 0; i < run.steps.size(); ++i) {
    compare_loss(leg, record.losses[i], run.steps[i].loss, i + 1, tolerance);
    compare_gradients(leg, record.gradients[i], present(run.steps[i].gradients), i + 1, tolerance);
    compare_parameters(leg, record.parameters[i], run.steps[i].parameters, i + 1, tolerance, noise);
  }
  const size_t last = run.steps.size();
  compare_parameters(leg, record.final, run.final, last, tolerance, noise);
  return leg;
}

LegReport modes_leg(const std::string& left_name, const RunRecord& left,
                    const std::string& right_name, const RunRecord& right) {
  LegReport leg{"modes", left_name, right_name, Verdict::kPassed, {}, "training run"};
  Tolerance exact;
  for (size_t i = 0; i < left.losses.size(); ++i) {
    compare_loss(leg, left.losses[i], right.losses[i], i + 1, exact);
  }
  compare_parameters(leg, left.final, right.final, left.losses.size(), exact, {});
  return leg;
}

}  // namespace

void add_training_legs(CaseReport& report, const ParityCase& item, const CheckOptions& options,
                       ThreadPool& pool) {
  if (!options.modes && !options.reference) return;
  const Backend& backend = backend_by_name(options.backend);
  const std::string planned_name = "static/" + options.backend;
  const std::string traced_name = "eager/" + options.backend;
  const RunRecord traced = train(item, false, backend, pool);
  if (options.tape_only) {
    report.add(reference_leg(traced_name, traced, item));
    return;
  }
  const RunRecord planned = train(item, true, backend, pool);
  if (options.modes) report.add(modes_leg(planned_name, planned, traced_name, traced));
  if (!options.reference) return;
  report.add(reference_leg(planned_name, planned, item));
  report.add(reference_leg(traced_name, traced, item));
}

}  // namespace twingrad
