#include "parity/first_divergence.h"

#include <algorithm>

#include "ir/error.h"
#include "parity/teacher_forcing.h"

namespace twingrad {
namespace {

// The worst of the tensors that fail first: of one step and one kind.
const TensorVerdict& worst_of_first(const LegReport& leg) {
  const auto failed = [](const TensorVerdict& one) { return one.verdict == Verdict::kFailed; };
  const TensorVerdict* worst = &*std::ranges::find_if(leg.tensors, failed);
  for (const TensorVerdict& one : leg.tensors) {
    const bool together = one.step == worst->step && one.kind == worst->kind;
    if (together && failed(one) && one.needed_rtol > worst->needed_rtol) worst = &one;
  }
  return *worst;
}

std::string before_step(size_t step) {
  return step == 1 ? "the initial parameters" : join_text("its parameters after step ", step - 1);
}

std::string optimizer_name(const TrainingRun& run) {
  return run.optimizer.kind + " (" + run.optimizer.profile + ")";
}

// The gradients that are recorded agree: then they are the less likely cause.
std::string likelier_cause(const LegReport& leg) {
  bool compared = false;
  for (const TensorVerdict& one : leg.tensors) {
    if (one.kind != "gradient") continue;
    if (one.verdict == Verdict::kFailed) return {};
    compared = true;
  }
  return compared
             ? ". The recorded gradients agree, which leaves the optimizer as the likelier cause"
             : "";
}

// Whether most of what is off is off on the reference's own numbers, too.
bool stays(const TensorVerdict& alone, const TensorVerdict& first) {
  return alone.unmatched || alone.needed_rtol >= 0.5 * first.needed_rtol;
}

TensorVerdict forced_loss(const StepResult& forced, const TrainingStep& step, DataType type) {
  return compare("loss", "loss", Tensor::filled(type, {}, forced.loss),
                 Tensor::filled(type, {}, step.loss), {});
}

TensorVerdict forced_gradient(const StepResult& forced, const TrainingStep& step,
                              const std::string& name) {
  const auto ours = std::ranges::find(forced.gradients, name, &NamedTensor::name);
  if (ours != forced.gradients.end()) {
    return compare(name, "gradient", ours->tensor, *step.gradients.at(name), {});
  }
  TensorVerdict missing;
  missing.unmatched = true;
  return missing;
}

// Of a loss or a gradient: right or wrong at the reference's parameters.
void stage_of_result(Divergence& found, const TensorVerdict& first, const ParityCase& item,
                     const RunMode& mode) {
  const bool is_loss = first.kind == "loss";
  const ForcedStep forced = forced_step(item, found.step, mode);
  if (!forced.result) {
    found.stage = "unknown";
    found.reason = "an earlier update or this " + first.kind + ": " + forced.missing;
    return;
  }
  const TrainingRun& run = *item.training_run;
  const TrainingStep& step = run.steps[found.step - 1];
  const TensorVerdict alone = is_loss ? forced_loss(*forced.result, step, precision_of(run))
                                      : forced_gradient(*forced.result, step, found.tensor);
  if (stays(alone, first)) {
    found.stage = is_loss ? "forward" : "gradient";
    found.reason =
        "the " + first.kind + " is off at " + before_step(found.step) + " of the reference";
  } else {
    found.stage = "state";
    found.reason = "at the reference's parameters the " + first.kind +
                   " agrees: ours had drifted from them, within their bound";
  }
}

void stage_of_parameter(Divergence& found, const TensorVerdict& first, const ParityCase& item,
                        const RunMode& mode) {
  const TrainingRun& run = *item.training_run;
  const Optimizer optimizer(step_spec(item).optimizer);
  const ForcedUpdate forced = forced_update(run, optimizer, found.tensor, found.step, mode);
  if (!forced.parameter) {
    found.stage = "unknown";
    found.reason = "gradient or optimizer: " + forced.missing;
    return;
  }
  const TensorMap& recorded = run.steps[found.step - 1].parameters;
  const auto want = recorded.find(found.tensor);
  const TensorVerdict alone = compare_update(
      found.tensor, forced, want != recorded.end() ? want->second : run.final.at(found.tensor));
  if (alone.verdict == Verdict::kFailed || stays(alone, first)) {
    found.stage = "optimizer";
    found.reason = "of the reference's own gradients " + optimizer_name(run) +
                   " makes another parameter here: it " +
                   (alone.reason.empty() ? "stays as far off" : alone.reason);
  } else {
    found.stage = "gradient";
    found.reason = "of the reference's own gradients " + optimizer_name(run) +
                   " makes its parameter, so the gradients differ, within their bound, and the "
                   "update magnifies it";
  }
}

}  // namespace

Divergence first_divergence(const LegReport& leg, const ParityCase& item, const RunMode& mode) {
  const TensorVerdict& first = worst_of_first(leg);
  Divergence found{first.step, base_name(first), first.kind, {}, {}};
  if (first.unmatched) {
    found.stage = first.kind;
    found.reason = "is missing here";
  } else if (first.kind == "loss" || first.kind == "gradient") {
    stage_of_result(found, first, item, mode);
  } else if (first.kind == "parameter") {
    stage_of_parameter(found, first, item, mode);
  } else {
    found.stage = "state";
    found.reason = "losses, gradients and parameters agree up to this step";
  }
  if (found.stage == "unknown") found.reason += likelier_cause(leg);
  return found;
}

}  // namespace twingrad
