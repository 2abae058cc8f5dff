#include "parity/teacher_forcing.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ir/error.h"
#include "training/update.h"

namespace twingrad {
namespace {

// The parameter before a step: the initial one, or what is recorded of the step before.
const Tensor* recorded_before(const TrainingRun& run, const std::string& name, size_t step) {
  const TensorMap& source = step == 1 ? run.initial : run.steps[step - 2].parameters;
  const auto found = source.find(name);
  return found == source.end() ? nullptr : &found->second;
}

const Tensor* recorded_gradient(const TrainingRun& run, const std::string& name, size_t step) {
  const GradientMap& gradients = run.steps[step - 1].gradients;
  const auto found = gradients.find(name);
  return found == gradients.end() || !found->second ? nullptr : &*found->second;
}

// The first step whose gradient matters: with slots all do, else those since the parameter was
// recorded last.
size_t first_step(const TrainingRun& run, const std::string& name, size_t step, bool has_slots) {
  if (has_slots) return 1;
  size_t first = step;
  while (recorded_before(run, name, first) == nullptr) --first;
  return first;
}

double largest_change(const Tensor& before, const Tensor& after) {
  double largest = 0;
  for (int64_t i = 0; i < after.element_count(); ++i) {
    const double change = element_as_double(after, i) - element_as_double(before, i);
    largest = std::max(largest, std::fabs(change));
  }
  return largest;
}

}  // namespace

ForcedUpdate forced_update(const TrainingRun& run, const Optimizer& optimizer,
                           const std::string& parameter, size_t step, const RunMode& mode) {
  ForcedUpdate result;
  Tensor now = run.initial.at(parameter);
  std::vector<Tensor> slots = optimizer.initial_slots(now);
  for (size_t k = first_step(run, parameter, step, !slots.empty()); k <= step; ++k) {
    const Tensor* gradient = recorded_gradient(run, parameter, k);
    if (gradient == nullptr) {
      result.missing = join_text("no gradient of step ", k, " is recorded");
      return result;
    }
    if (const Tensor* known = recorded_before(run, parameter, k)) now = *known;
    result.before = now;
    std::vector<Tensor> next =
        updated(optimizer, now, *gradient, slots, k, *mode.backend, *mode.pool);
    now = std::move(next.front());
    slots.assign(next.begin() + 1, next.end());
  }
  result.parameter = now;
  return result;
}

TensorVerdict compare_update(const std::string& name, const ForcedUpdate& update,
                             const Tensor& want) {
  const bool is_double = want.type() == DataType::kDouble;
  const double unit = is_double ? std::numeric_limits<double>::epsilon()
                                : double{std::numeric_limits<float>::epsilon()};
  Tolerance tolerance;
  tolerance.rtol = 8 * unit;
  if (update.before.shape() == want.shape()) {
    tolerance.absolute = (is_double ? 1e-9 : 1e-4) * largest_change(update.before, want);
  }
  return compare(name, "parameter", *update.parameter, want, tolerance);
}

std::map<std::string, size_t> first_wrong_updates(const TrainingRun& run,
                                                  const Optimizer& optimizer, const RunMode& mode) {
  std::map<std::string, size_t> wrong;
  for (size_t step = 1; step <= run.steps.size(); ++step) {
    for (const auto& [name, want] : run.steps[step - 1].parameters) {
      if (wrong.contains(name)) continue;
      const ForcedUpdate forced = forced_update(run, optimizer, name, step, mode);
      if (!forced.parameter) continue;
      if (compare_update(name, forced, want).verdict == Verdict::kFailed) wrong[name] = step;
    }
  }
  return wrong;
}

ForcedStep forced_step(const ParityCase& item, size_t step, const RunMode& mode) {
  const TrainingRun& run = *item.training_run;
  const auto trainer = run_trainer(item, mode);
  ForcedStep result;
  for (const auto& [name, value] : run.initial) {
    const Tensor* before = recorded_before(run, name, step);
    if (before == nullptr) {
      result.missing = join_text("the parameters after step ", step - 1, " are not recorded");
      return result;
    }
    trainer->set_held(name, *before);
  }
  trainer->set_steps_done(static_cast<int64_t>(step) - 1);
  result.result = trainer->step(step_inputs(item, run.steps[step - 1]), 0);
  return result;
}

}  // namespace twingrad
