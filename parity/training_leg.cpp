#include "parity/training_leg.h"

#include <algorithm>
#include <sstream>

#include "parity/element_statistics.h"
#include "parity/first_divergence.h"
#include "parity/noise_multiple.h"
#include "parity/run_noise.h"
#include "parity/teacher_forcing.h"
#include "parity/training_bounds.h"
#include "parity/training_run.h"

namespace twingrad {
namespace {

// What a run is held to beside the fixed rule.
struct RunBounds {
  Tolerance fixed = {};
  DataType losses = DataType::kDouble;  // in which they are compared
  NoisyElements noisy = {};
  TensorTolerances own = {};        // of single tensors, in place of everything else
  const RunNoise* noise = nullptr;  // what rounding was measured to do; nullptr: fixed rule only
  std::map<std::string, size_t> wrong_updates = {};  // are no noise
};

// Fills a leg with the comparisons of one run.
class RunComparison {
 public:
  RunComparison(LegReport& leg, RunBounds bounds) : leg_(leg), bounds_(std::move(bounds)) {}

  void loss(double ours, double theirs, size_t step) {
    const double noise = bounds_.noise != nullptr ? bounds_.noise->steps[step - 1].loss : 0;
    add("loss", "loss", Tensor::filled(bounds_.losses, {}, ours),
        Tensor::filled(bounds_.losses, {}, theirs), step, bounds_.fixed, noise);
  }

  void gradients(const NamedTensors& ours, const GradientMap& recorded, size_t step) {
    const Tolerance tolerance = gradient_tolerance(recorded, bounds_.fixed);
    for (const auto& [name, want] : present(recorded)) {
      if (!has("gradient", name, ours, step)) continue;
      add("gradient", name, ours.at(name), want, step, tolerance,
          noise_of(&StepNoise::gradients, name, step));
      leg_.tensors.back().noise = largest_magnitude(want) <= tolerance.absolute;
    }
  }

  void parameters(const NamedTensors& ours, const NamedTensors& theirs, size_t step) {
    for (const auto& entry : theirs) {
      const std::string& name = entry.first;
      const Tensor& want = entry.second;
      if (!has("parameter", name, ours, step)) continue;
      const auto wrong = bounds_.wrong_updates.find(name);
      const bool excused = wrong == bounds_.wrong_updates.end() || step < wrong->second;
      const double noise = excused ? noise_of(&StepNoise::parameters, name, step) : 0;
      const auto judged_parameter = [&](const Tensor& value, double allowed) {
        return judged("parameter", name, value, want, step, bounds_.fixed, allowed);
      };
      TensorVerdict verdict = judged_parameter(ours.at(name), 0);
      const auto moved = bounds_.noisy.find(name);
      if (verdict.verdict == Verdict::kFailed && moved != bounds_.noisy.end() &&
          ours.at(name).shape() == want.shape()) {
        const Tensor rest = without_noise(ours.at(name), want, moved->second, step);
        verdict = judged_parameter(rest, 0);
        if (verdict.verdict == Verdict::kPassed) say_noise(verdict, moved->second.size(), want);
      }
      if (verdict.verdict == Verdict::kFailed) verdict = judged_parameter(ours.at(name), noise);
      leg_.add(std::move(verdict));
    }
  }

  void state(const NamedTensors& ours, const NamedTensors& theirs, size_t step) {
    for (const auto& [name, want] : theirs) {
      add("state", name, ours.at(name), want, step, bounds_.fixed,
          noise_of(&StepNoise::state, name, step));
    }
  }

 private:
  double noise_of(std::map<std::string, double> StepNoise::*part, const std::string& name,
                  size_t step) const {
    if (bounds_.noise == nullptr) return 0;
    const std::map<std::string, double>& measured = bounds_.noise->steps[step - 1].*part;
    const auto found = measured.find(name);
    return found == measured.end() ? 0 : found->second;
  }

  // By the tensor's own tolerance, or by the fixed rule, or else by what rounding was measured to
  // do.
  TensorVerdict judged(const std::string& kind, const std::string& name, const Tensor& ours,
                       const Tensor& want, size_t step, Tolerance tolerance, double noise) const {
    const std::string place = at_step(name, step);
    const TensorTolerance* own = own_tolerance(bounds_.own, kind, name);
    TensorVerdict verdict = own != nullptr ? compare_by(*own, tolerance, place, kind, ours, want)
                                           : compare(place, kind, ours, want, tolerance);
    if (verdict.verdict == Verdict::kFailed && noise > 0) {
      tolerance.absolute += kNoiseMultiple * noise;
      TensorVerdict wider = compare(place, kind, ours, want, tolerance);
      if (wider.verdict == Verdict::kPassed) {
        verdict = std::move(wider);
        verdict.wider = wider_text(noise, want);
      }
    }
    verdict.step = step;
    return verdict;
  }

  void add(const std::string& kind, const std::string& name, const Tensor& ours, const Tensor& want,
           size_t step, const Tolerance& tolerance, double noise) {
    leg_.add(judged(kind, name, ours, want, step, tolerance, noise));
  }

  std::string wider_text(double noise, const Tensor& want) const {
    const double scale = std::max(largest_magnitude(want), 1e-300);
    std::ostringstream text;
    text.precision(3);
    text << bounds_.fixed.rtol << " is the default, " << kNoiseMultiple
         << " times the measured noise of " << noise / scale << " is allowed ("
         << growth_text(*bounds_.noise) << ")";
    return text.str();
  }

  static void say_noise(TensorVerdict& verdict, size_t moved, const Tensor& want) {
    verdict.noise = true;
    verdict.reason = std::to_string(moved) + " of " + std::to_string(want.element_count()) +
                     " elements moved by rounding noise only: their gradient is zero beside the "
                     "others";
  }

  // Adds a failure where there is nothing of this name.
  bool has(const std::string& kind, const std::string& name, const NamedTensors& ours,
           size_t step) {
    if (ours.contains(name)) return true;
    TensorVerdict missing;
    missing.name = at_step(name, step);
    missing.kind = kind;
    missing.step = step;
    missing.verdict = Verdict::kFailed;
    missing.unmatched = true;
    missing.reason = "is missing here";
    leg_.add(std::move(missing));
    return false;
  }

  LegReport& leg_;
  RunBounds bounds_;
};

void compare_run(LegReport& leg, const RunRecord& record, const TrainingRun& run,
                 const RunBounds& bounds) {
  RunComparison comparison(leg, bounds);
  for (size_t i = 0; i < run.steps.size(); ++i) {
    const TrainingStep& step = run.steps[i];
    comparison.loss(record.losses[i], step.loss, i + 1);
    comparison.gradients(record.gradients[i], step.gradients, i + 1);
    comparison.parameters(record.parameters[i], step.parameters, i + 1);
    comparison.state(record.state[i], step.state, i + 1);
  }
  comparison.parameters(record.final, run.final, run.steps.size());
}

// Measured once, where a run is outside of the fixed rule.
struct Measurement {
  std::optional<RunNoise> noise;
  std::map<std::string, size_t> wrong_updates;
};

void measure(Measurement& measurement, const ParityCase& item, const RunMode& mode) {
  if (measurement.noise) return;
  measurement.noise = measure_run_noise(item, mode);
  const Optimizer optimizer(step_spec(item).optimizer);
  measurement.wrong_updates = first_wrong_updates(*item.training_run, optimizer, mode);
}

// The promise about recorded runs, unless the reference or the command line says otherwise.
Tolerance fixed_rule(const ParityCase& item, const CheckOptions& options) {
  Tolerance tolerance = run_tolerance(precision_of(*item.training_run));
  const auto rtol = options.rtol || !item.expected ? options.rtol : item.expected->rtol;
  const auto atol = options.atol || !item.expected ? options.atol : item.expected->atol;
  if (rtol) tolerance.rtol = tolerance.scaled = *rtol;
  if (atol) tolerance.absolute = *atol;
  return tolerance;
}

void say_first_divergence(LegReport& leg, const ParityCase& item, const RunMode& mode) {
  leg.first_divergence = first_divergence(leg, item, mode);
  const Divergence& first = *leg.first_divergence;
  leg.note += "; first off in step " + std::to_string(first.step) + ": " + first.kind + " " +
              first.tensor + " (" + first.stage + ")";
}

LegReport reference_leg(const std::string& name, const RunRecord& record, const ParityCase& item,
                        const CheckOptions& options, const RunMode& mode,
                        Measurement& measurement) {
  const TrainingRun& run = *item.training_run;
  const LegReport empty{
      "reference",      name, item.expected ? item.expected->source : "",
      Verdict::kPassed, {},   "training run of " + std::to_string(run.steps.size()) + " steps"};
  RunBounds bounds{fixed_rule(item, options), precision_of(run)};
  if (item.expected) bounds.own = item.expected->tolerances;
  bounds.noisy = noisy_elements(run, run_tolerance(precision_of(run)));
  LegReport leg = empty;
  compare_run(leg, record, run, bounds);
  if (leg.verdict == Verdict::kPassed || !options.explain) return leg;
  // A tolerance that somebody chose is not widened.
  if (!options.rtol && !options.atol && bounds.own.empty()) {
    measure(measurement, item, mode);
    bounds.noise = &*measurement.noise;
    bounds.wrong_updates = measurement.wrong_updates;
    leg = empty;
    leg.note += "; " + growth_text(*measurement.noise);
    compare_run(leg, record, run, bounds);
  }
  if (leg.verdict == Verdict::kFailed) say_first_divergence(leg, item, mode);
  return leg;
}

void compare_modes(LegReport& leg, const RunRecord& left, const RunRecord& right,
                   const RunBounds& bounds) {
  RunComparison comparison(leg, bounds);
  for (size_t i = 0; i < left.losses.size(); ++i) {
    comparison.loss(left.losses[i], right.losses[i], i + 1);
  }
  comparison.parameters(left.final, right.final, left.losses.size());
}

// As of a single question (parity/legs.h): a gradient through Loop adds the turns in another order
// than a tape its nodes.
LegReport modes_leg(const std::string& left_name, const RunRecord& left,
                    const std::string& right_name, const RunRecord& right) {
  const LegReport empty{"modes", left_name, right_name, Verdict::kPassed, {}, "training run"};
  LegReport exact = empty;
  compare_modes(exact, left, right, {});
  if (exact.verdict == Verdict::kPassed) return exact;
  LegReport close = empty;
  RunBounds bounds;
  bounds.fixed.scaled = 1e-6;
  compare_modes(close, left, right, bounds);
  if (close.verdict != Verdict::kPassed) return exact;
  close.note += ": close, not equal bit for bit";
  return close;
}

}  // namespace

void add_training_legs(CaseReport& report, const ParityCase& item, const CheckOptions& options,
                       ThreadPool& pool) {
  if (!options.modes && !options.reference) return;
  const Backend& backend = backend_by_name(options.backend);
  const std::string planned_name = "static/" + options.backend;
  const std::string traced_name = "eager/" + options.backend;
  const RunMode traced{false, &backend, &pool};
  const RunRecord on_tape = repeat_run(item, traced);
  Measurement measurement;
  if (options.tape_only) {
    report.add(reference_leg(traced_name, on_tape, item, options, traced, measurement));
    return;
  }
  const RunRecord in_graph = repeat_run(item, {true, &backend, &pool});
  if (options.modes) report.add(modes_leg(planned_name, in_graph, traced_name, on_tape));
  if (!options.reference) return;
  report.add(reference_leg(planned_name, in_graph, item, options, traced, measurement));
  report.add(reference_leg(traced_name, on_tape, item, options, traced, measurement));
}

}  // namespace twingrad
