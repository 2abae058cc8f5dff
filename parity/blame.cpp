#include "parity/blame.h"

#include <algorithm>
#include <optional>

#include "ir/error.h"
#include "ir/precision.h"

namespace twingrad {
namespace {

bool leg_failed(const CaseReport& report, std::string_view leg, std::string_view mode = "") {
  return std::ranges::any_of(report.legs, [&](const LegReport& one) {
    return one.leg == leg && one.left.starts_with(mode) && one.verdict == Verdict::kFailed;
  });
}

bool has_leg(const CaseReport& report, std::string_view leg) {
  return std::ranges::any_of(report.legs, [leg](const LegReport& one) { return one.leg == leg; });
}

// Of what the reference leg holds to have failed, how much float64 says differently.
struct Votes {
  size_t for_reference = 0;
  size_t for_us = 0;
};

std::optional<Tensor> tensor_in(const NamedData& outputs, const NamedGradients& gradients,
                                const TensorVerdict& verdict) {
  if (verdict.kind == "output") {
    const auto found = outputs.find(verdict.name);
    if (found != outputs.end() && found->second.is_tensor()) return found->second.tensor();
  } else if (verdict.kind == "gradient") {
    const auto found = gradients.find(verdict.name);
    if (found != gradients.end() && found->second && found->second->is_tensor()) {
      return found->second->tensor();
    }
  }
  return std::nullopt;
}

// Who of the two is within the usual tolerance of the value in double.
Votes votes_of(const CaseReport& report, const ParityCase& item, ThreadPool& pool) {
  const Graph graph = with_precision(item.graph, DataType::kDouble);
  Question wide = in_double(item.question, graph);
  wide.order = 1;
  wide.directions.clear();
  const Answer exact = eager_runner(reference_backend(), pool).run(wide);
  Votes votes;
  for (const LegReport& leg : report.legs) {
    if (leg.leg != "reference" || !leg.left.starts_with("eager")) continue;
    for (const TensorVerdict& tensor : leg.tensors) {
      if (tensor.verdict != Verdict::kFailed) continue;
      const auto truth = tensor_in(exact.outputs, exact.gradients, tensor);
      const auto want = tensor_in(item.expected->outputs, item.expected->gradients, tensor);
      if (!truth || !want || truth->shape() != want->shape()) continue;
      const Tolerance tolerance = tolerance_for(tensor.kind, want->type());
      const TensorVerdict verdict =
          compare(tensor.name, tensor.kind, with_precision(*truth, want->type()), *want, tolerance);
      ++(verdict.verdict == Verdict::kPassed ? votes.for_reference : votes.for_us);
    }
  }
  return votes;
}

std::string against_reference(const CaseReport& report, const ParityCase& item, ThreadPool& pool) {
  const std::string source = item.expected->source;
  const Votes votes = votes_of(report, item, pool);
  if (votes.for_reference > votes.for_us) {
    return "static program and tape agree, but float64 agrees with " + source +
           ": precision of our kernels";
  }
  if (votes.for_us == 0) return "static program and tape agree, " + source + " differs";
  return "static program, tape and float64 agree, " + source +
         " differs: its meaning, convention or data";
}

}  // namespace

std::string blame(const CaseReport& report, const ParityCase& item, ThreadPool& pool) {
  if (leg_failed(report, "modes")) {
    if (!has_leg(report, "reference")) return "static program and tape differ";
    const bool program = leg_failed(report, "reference", "static");
    const bool tape = leg_failed(report, "reference", "eager");
    if (program && !tape) return "tape and reference agree, the static program differs";
    if (tape && !program) return "static program and reference agree, the tape differs";
    return "static program, tape and reference all differ";
  }
  if (leg_failed(report, "differences")) {
    return "both modes share a derivative that differs from the slope of the values";
  }
  if (leg_failed(report, "reference") && item.expected && !item.training_run) {
    return against_reference(report, item, pool);
  }
  return "";
}

}  // namespace twingrad
