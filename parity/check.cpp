#include "parity/check.h"

#include <algorithm>
#include <chrono>

#include "ir/error.h"
#include "ir/precision.h"
#include "parity/blame.h"
#include "parity/classification.h"
#include "parity/diagnosis.h"
#include "parity/digest.h"
#include "parity/drawn_values.h"
#include "parity/environment.h"
#include "parity/intermediates.h"
#include "parity/isolated_leg.h"
#include "parity/kernels_leg.h"
#include "parity/measured_tolerances.h"
#include "parity/recorded_nodes.h"
#include "parity/training_leg.h"

namespace twingrad {
namespace {

// A case whose inputs lie on a kink, a tie or a singularity has no slope to difference.
bool is_smooth(const ParityCase& item) {
  return std::ranges::none_of(item.tags, [](const std::string& tag) {
    return tag == "kink" || tag == "tie" || tag == "edge" || tag == "nonfinite";
  });
}

void override_tolerance(Expectation& expected, const CheckOptions& options) {
  if (options.rtol) {
    expected.rtol = options.rtol;
    expected.bfloat16_rtol = 0;
  }
  if (options.atol) expected.atol = options.atol;
}

// What was recorded in double and is computed in float is held to float.
void coarsen(Expectation& expected, DataType precision) {
  const auto one = [precision](const Tensor& tensor) {
    return tensor.type() == DataType::kDouble ? with_precision(tensor, precision) : tensor;
  };
  const auto coarsened = [&one](const NamedData& data) {
    NamedData result;
    for (const auto& [name, datum] : data) result[name] = transformed(datum, one);
    return result;
  };
  expected.outputs = coarsened(expected.outputs);
  expected.second_order = coarsened(expected.second_order);
  expected.third_order = coarsened(expected.third_order);
  for (auto& [name, gradient] : expected.gradients) {
    if (gradient) gradient = coarsened({{name, *gradient}}).at(name);
  }
}

// Other results of another precision than what was recorded are held to it in the recorded one.
NamedData as_recorded(NamedData ours, const NamedData& recorded) {
  for (auto& [name, datum] : ours) {
    const auto found = recorded.find(name);
    if (found == recorded.end()) continue;
    for (const Leaf& leaf : leaves(name, found->second)) {
      if (is_floating_point(leaf.tensor.type())) {
        datum = with_precision({{name, datum}}, leaf.tensor.type()).at(name);
        break;
      }
    }
  }
  return ours;
}

Answer as_recorded(Answer ours, const Expectation& expected) {
  ours.outputs = as_recorded(std::move(ours.outputs), expected.outputs);
  ours.second_order = as_recorded(std::move(ours.second_order), expected.second_order);
  ours.third_order = as_recorded(std::move(ours.third_order), expected.third_order);
  for (auto& [name, gradient] : ours.gradients) {
    const auto found = expected.gradients.find(name);
    if (!gradient || found == expected.gradients.end() || !found->second) continue;
    gradient = as_recorded({{name, *gradient}}, {{name, *found->second}}).at(name);
  }
  return ours;
}

// Every node alone, fed with exact and, where there is a reference, with recorded values.
void add_isolated_legs(CaseReport& report, const Question& question, const Runner& runner,
                       const Expectation* expected, ThreadPool& pool) {
  const NamedData known = expected != nullptr ? expected->outputs : NamedData{};
  report.add(isolated_leg(check_nodes(question, runner, known, pool), runner));
  if (expected == nullptr) return;
  LegReport leg = recorded_nodes_leg(question, runner, *expected);
  if (!leg.tensors.empty()) report.add(std::move(leg));
}

// Returns what the tape was held to, where there is a reference.
std::optional<Compared> run_legs(CaseReport& report, const ParityCase& item,
                                 const CheckOptions& options, ThreadPool& pool) {
  const Backend& backend =
      options.kernels != nullptr ? *options.kernels : backend_by_name(options.backend);
  const Runner in_graph = static_runner(backend, pool, {}, options.rewrite);
  const Runner on_tape = eager_runner(backend, pool);
  Question question = item.question;
  question.graph = &item.graph;
  const bool recorded = item.expected && (!item.expected->gradients.empty() || item.training_run);
  if (!recorded && !options.modes && !options.differences) {
    question.gradients.clear();
  } else if (!recorded) {
    Question forward = question;
    forward.cotangents.clear();
    question.cotangents = drawn_cotangents(item.graph, on_tape.run(forward).outputs, question.seed);
    if (question.cotangents.empty()) question.gradients.clear();
  }
  if (options.intermediates) ask_for_intermediates(item.graph, question);
  const Answer traced = on_tape.run(question);
  const Answer planned = options.tape_only ? Answer() : in_graph.run(question);
  if (options.modes) report.add(modes_leg(in_graph, planned, on_tape, traced));
  if (options.modes && !recorded && &backend != &reference_backend()) {
    report.add(kernels_leg(on_tape, traced, question, pool));
  }
  // A straight-through gradient is not the slope.
  const bool has_slopes = is_smooth(item) && !question.straight_through;
  if (options.differences && has_slopes && !question.cotangents.empty()) {
    report.add(differences_leg(question, pool, 5'000'000, options.most_lines));
  }
  if (!options.reference || !item.expected) {
    if (options.isolated) add_isolated_legs(report, question, on_tape, nullptr, pool);
    return std::nullopt;
  }
  Expectation expected = *item.expected;
  override_tolerance(expected, options);
  if (item.precision) coarsen(expected, *item.precision);
  expected.drawn = values_with_draws(item.graph, question.inputs);
  const auto comparable = [&](const Answer& answer) {
    return item.precision ? as_recorded(answer, expected) : answer;
  };
  if (options.isolated) add_isolated_legs(report, question, on_tape, &expected, pool);
  Answer on_tape_answer = comparable(traced);
  if (!options.tape_only) {
    report.add(reference_leg(in_graph, comparable(planned), &on_tape_answer, expected));
  }
  report.add(reference_leg(on_tape, on_tape_answer, nullptr, expected));
  return Compared{std::move(on_tape_answer), std::move(expected)};
}

// The same case held to its reference only, by the tape alone, to try what might explain a failure.
ReferenceCheck reference_check(const CheckOptions& options, ThreadPool& pool) {
  CheckOptions narrow = options;
  narrow.modes = narrow.differences = narrow.explain = false;
  narrow.tape_only = true;
  narrow.isolated = false;
  narrow.min_coverage = 0;
  narrow.measured_tolerances = false;  // variants bring those of the case along
  narrow.tolerances.clear();
  return [narrow, &pool](const ParityCase& item) { return check_case(item, narrow, pool); };
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void add_incomplete(CaseReport& report, const std::string& leg, const std::string& why) {
  LegReport incomplete{leg, "", "", Verdict::kIncomplete, {}, why};
  report.add(std::move(incomplete));
}

// The case with the tolerances of its own that the options ask for.
ParityCase with_own_tolerances(ParityCase item, const CheckOptions& options, ThreadPool& pool) {
  if (!item.expected) return item;
  if (options.measured_tolerances) {
    item.expected->tolerances = measured_tolerances(item, backend_by_name(options.backend), pool);
  }
  for (const ToleranceEntry& entry : options.tolerances) {
    if (!is_same_case(entry.item, item.target + "/" + item.name)) continue;
    item.expected->tolerances[{entry.kind, entry.name}] = entry.tolerance;
  }
  return item;
}

bool has_own_tolerances(const CheckOptions& options) {
  return options.measured_tolerances || !options.tolerances.empty();
}

// Whether a line of a tolerance file is for a tensor that a leg of the case has compared.
bool is_compared(const ToleranceEntry& entry, const CaseReport& report) {
  for (const LegReport& leg : report.legs) {
    if (leg.leg != "reference") continue;
    for (const TensorVerdict& tensor : leg.tensors) {
      if (tensor.kind == entry.kind && base_name(tensor) == entry.name) return true;
    }
  }
  return false;
}

// Throws Error for the first line that no tensor of the targets has. Cases that did not run, or
// were not asked for, may have any.
void refuse_unknown(const CheckOptions& options, const CheckReport& report, bool all_cases) {
  for (const ToleranceEntry& entry : options.tolerances) {
    bool known = !all_cases;
    for (const CaseReport& item : report.cases) {
      if (!is_same_case(entry.item, item.target + "/" + item.name)) continue;
      known = !item.error.empty() || !options.reference || is_compared(entry, item);
      check(known, "the tolerance file names the ", entry.kind, " ", quoted_name(entry.name),
            " of ", quoted_name(entry.item), ", which the case does not have");
    }
    check(known, "the tolerance file names the case ", quoted_name(entry.item),
          ", which no target has");
  }
}

void run_all_legs(CaseReport& report, const ParityCase& item, const CheckOptions& options,
                  ThreadPool& pool) {
  const auto start = std::chrono::steady_clock::now();
  const std::optional<Compared> compared = run_legs(report, item, options, pool);
  if (item.training_run && item.precision) {
    add_incomplete(report, "reference", "training runs are checked in the recorded precision");
  } else if (item.training_run) {
    add_training_legs(report, item, options, pool);
  }
  if (!item.unsupported.empty()) add_incomplete(report, "reference", item.unsupported);
  if (options.explain) {
    report.blame = blame(report, item, pool);
    if (compared) {
      diagnose(report, item, *compared, reference_check(options, pool),
               diagnosis_budget(seconds_since(start)));
    }
    classify(report, item, eager_runner(backend_by_name(options.backend), pool), pool);
  }
}

}  // namespace

CaseReport check_case(const ParityCase& item, const CheckOptions& options, ThreadPool& pool) {
  CaseReport report{item.target, item.name, Verdict::kPassed, item.conventions, {}, {}, 0};
  const auto start = std::chrono::steady_clock::now();
  try {
    if (has_own_tolerances(options)) {
      run_all_legs(report, with_own_tolerances(item, options, pool), options, pool);
    } else {
      run_all_legs(report, item, options, pool);
    }
  } catch (const Error& error) {
    const bool unsupported = error.kind() == Error::Kind::kUnsupported;
    report.error = error.what();
    report.verdict = worse(report.verdict, unsupported ? Verdict::kIncomplete : Verdict::kFailed);
  }
  const Coverage coverage = report.coverage();
  if (coverage.share() < options.min_coverage && report.error.empty()) {
    const size_t all = coverage.compared + coverage.unmatched + coverage.skipped;
    report.error = join_text(coverage.compared, " of ", all, " tensors were compared, a share of ",
                             options.min_coverage, " is asked for");
    report.verdict = worse(report.verdict, Verdict::kIncomplete);
  }
  report.seconds = seconds_since(start);
  return report;
}

CheckReport check_targets(const std::vector<std::string>& targets,
                          const TargetOptions& target_options, const CheckOptions& options,
                          ThreadPool& pool,
                          const std::function<void(const std::string&)>& progress) {
  CheckReport report;
  report.environment = environment(pool);
  const auto visit = [&](TargetCase found) {
    progress(found.target + "/" + found.name);
    if (found.item) {
      CaseReport checked = check_case(*found.item, options, pool);
      checked.model = found.item->model;
      checked.model_sha256 = found.item->model_sha256;
      checked.inputs_sha256 = digest_of(found.item->question.inputs);
      if (options.pictures) checked.picture = picture_of(found.item->graph, checked.model);
      report.cases.push_back(std::move(checked));
      return;
    }
    CaseReport broken{found.target, found.name, Verdict::kFailed, {}, {}, found.error, 0};
    if (found.is_unsupported) broken.verdict = Verdict::kIncomplete;
    report.cases.push_back(std::move(broken));
  };
  for (const std::string& target : targets) {
    try {
      for_each_case(target, target_options, visit);
    } catch (const Error& error) {
      if (targets.size() == 1) throw;
      report.cases.push_back({target, target, Verdict::kFailed, {}, {}, error.what(), 0});
    }
  }
  refuse_unknown(options, report, target_options.only.empty());
  return report;
}

}  // namespace twingrad
