#include "parity/reduce/failure.h"

#include <algorithm>
#include <array>

#include "ir/error.h"
#include "ir/precision.h"
#include "parity/check.h"
#include "parity/drawn_values.h"
#include "parity/runner.h"
#include "parity/training_leg.h"

namespace twingrad {
namespace {

struct HeldCase {
  const ParityCase& item;
  Question question;  // the item's, with its graph
  const Backend& backend;
  ThreadPool& pool;
};

bool is_smooth(const ParityCase& item) {
  return std::ranges::none_of(item.tags, [](const std::string& tag) {
    return tag == "kink" || tag == "tie" || tag == "edge" || tag == "nonfinite";
  });
}

std::vector<LegReport> modes(const HeldCase& held) {
  const Runner planned = static_runner(held.backend, held.pool);
  const Runner tape = eager_runner(held.backend, held.pool);
  const Answer traced = tape.run(held.question);
  return {modes_leg(planned, planned.run(held.question), tape, traced)};
}

std::vector<LegReport> differences(const HeldCase& held) {
  const bool has_slopes = is_smooth(held.item) && !held.question.straight_through;
  if (!has_slopes || held.question.cotangents.empty()) return {};
  return {differences_leg(held.question, held.pool)};
}

// What the kernels of the reference backend miss double by in float is rounding: who misses it by
// no more than four times that is not to blame.
void pass_rounding(LegReport& ours, const LegReport& plain) {
  constexpr double kAllowed = 4;
  LegReport judged{ours.leg, ours.left, ours.right, Verdict::kPassed, {}, ours.note};
  for (TensorVerdict tensor : ours.tensors) {
    const auto same = [&tensor](const TensorVerdict& other) {
      return other.name == tensor.name && other.kind == tensor.kind;
    };
    const auto found = std::ranges::find_if(plain.tensors, same);
    const bool rounding = found != plain.tensors.end() && tensor.max_abs > 0 &&
                          tensor.max_abs <= kAllowed * found->max_abs;
    if (tensor.verdict == Verdict::kFailed && rounding) tensor.verdict = Verdict::kPassed;
    judged.add(std::move(tensor));
  }
  ours = std::move(judged);
}

std::vector<LegReport> exact(const HeldCase& held) {
  const Runner planned = static_runner(held.backend, held.pool);
  const Answer answer = planned.run(held.question);
  const Expectation expected = exact_expectation(held.item, answer, held.pool);
  LegReport leg = reference_leg(planned, answer, nullptr, expected);
  if (leg.verdict == Verdict::kFailed) {
    const Runner plain = eager_runner(reference_backend(), held.pool);
    pass_rounding(leg, reference_leg(plain, plain.run(held.question), nullptr, expected));
  }
  return {leg};
}

std::vector<LegReport> reference(const HeldCase& held) {
  if (!held.item.expected) return {};
  return {held_to_reference(held.item, held.backend, held.pool)};
}

std::vector<LegReport> training(const HeldCase& held) {
  if (!held.item.training_run || held.item.precision) return {};
  CaseReport report;
  CheckOptions options;
  options.backend = held.backend.name();
  add_training_legs(report, held.item, options, held.pool);
  return report.legs;
}

struct LegRow {
  const char* name;
  std::vector<LegReport> (*run)(const HeldCase& held);
};

// Those that run the model once or twice come before those that take many runs in double.
constexpr std::array<LegRow, 5> kLegs = {{{"modes", modes},
                                          {"reference", reference},
                                          {"training", training},
                                          {"differences", differences},
                                          {"double", exact}}};

NodeId place_of(const Graph& graph, const TensorVerdict& tensor) {
  const auto id = graph.find(tensor.name);
  return id ? graph.value(*id).producer : kNoNode;
}

std::optional<Failure> failure_in(const ParityCase& item, const std::string& name,
                                  const std::vector<LegReport>& legs) {
  for (const LegReport& leg : legs) {
    std::vector<TensorVerdict> failed;
    for (const TensorVerdict& tensor : leg.tensors) {
      if (tensor.verdict == Verdict::kFailed) failed.push_back(tensor);
    }
    if (failed.empty()) continue;
    std::ranges::stable_sort(failed, std::ranges::less(), [&item](const TensorVerdict& tensor) {
      return std::pair(tensor.kind != "output", place_of(item.graph, tensor));
    });
    const TensorVerdict& first = failed.front();
    return Failure{name, first.kind, first.name, leg.left + " against " + leg.right, first.reason};
  }
  return std::nullopt;
}

// An error without the names in it, which change with the case.
std::string error_text(const std::string& what) {
  std::string text;
  bool quoted = false;
  for (const char c : what) {
    if (c == '\'') quoted = !quoted;
    if (!quoted && std::isdigit(static_cast<unsigned char>(c)) == 0) text += c;
  }
  return text;
}

std::optional<Failure> failure_of(const ParityCase& item, const LegRow& row, const Backend& backend,
                                  ThreadPool& pool) {
  HeldCase held{item, item.question, backend, pool};
  held.question.graph = &item.graph;
  try {
    return failure_in(item, row.name, row.run(held));
  } catch (const Error& error) {
    // What is not supported does not fail, and what double cannot say it does not say.
    const bool fails = error.kind() == Error::Kind::kInvalid && row.run != exact;
    if (!fails) return std::nullopt;
    return Failure{"error", error_text(error.what()), "", row.name, error.what()};
  }
}

}  // namespace

Expectation exact_expectation(const ParityCase& item, const Answer& like, ThreadPool& pool) {
  const Graph graph = with_precision(item.graph, DataType::kDouble);
  const Answer answer =
      eager_runner(reference_backend(), pool).run(in_double(item.question, graph));
  const auto typed = [](const Datum& datum, const Datum& as) {
    const std::vector<Leaf> types = leaves("", as);
    if (types.empty() || !is_floating_point(types.front().tensor.type())) return datum;
    return transformed(datum, [&](const Tensor& tensor) {
      return with_precision(tensor, types.front().tensor.type());
    });
  };
  Expectation expected;
  expected.source = "double on the reference backend";
  expected.nan_equal = true;
  expected.drawn = values_with_draws(item.graph, item.question.inputs);
  const auto take = [&](const NamedData& from, const NamedData& as, NamedData& to) {
    for (const auto& [name, datum] : from) to[name] = typed(datum, as.at(name));
  };
  take(answer.outputs, like.outputs, expected.outputs);
  take(answer.second_order, like.second_order, expected.second_order);
  take(answer.third_order, like.third_order, expected.third_order);
  for (const auto& [name, gradient] : answer.gradients) {
    const auto& ours = like.gradients.at(name);
    if (gradient && !ours) continue;  // nothing to take the type from
    expected.gradients[name] = gradient ? std::optional<Datum>(typed(*gradient, *ours)) : gradient;
  }
  return expected;
}

bool is_backed_by_double(const ParityCase& item, const Backend& backend, ThreadPool& pool) {
  Question question = item.question;
  question.graph = &item.graph;
  const Expectation exact =
      exact_expectation(item, static_runner(backend, pool).run(question), pool);
  const Answer answer{exact.outputs, exact.gradients, exact.second_order, exact.third_order};
  const Runner runner{exact.source, nullptr};
  return reference_leg(runner, answer, nullptr, *item.expected).verdict != Verdict::kFailed;
}

LegReport held_to_reference(const ParityCase& item, const Backend& backend, ThreadPool& pool) {
  Question question = item.question;
  question.graph = &item.graph;
  const Runner planned = static_runner(backend, pool);
  Expectation expected = *item.expected;
  expected.drawn = values_with_draws(item.graph, question.inputs);
  const bool nulls = std::ranges::any_of(expected.gradients,
                                         [](const auto& one) { return !one.second.has_value(); });
  std::optional<Answer> traced;
  if (nulls) traced = eager_runner(backend, pool).run(question);
  return reference_leg(planned, planned.run(question), traced ? &*traced : nullptr, expected);
}

std::optional<Failure> first_failure(const ParityCase& item, const Backend& backend,
                                     ThreadPool& pool) {
  for (const LegRow& row : kLegs) {
    if (auto failure = failure_of(item, row, backend, pool)) return failure;
  }
  return std::nullopt;
}

std::optional<Failure> failure_in_leg(const ParityCase& item, std::string_view leg,
                                      const Backend& backend, ThreadPool& pool) {
  const auto row =
      std::ranges::find_if(kLegs, [&leg](const LegRow& one) { return one.name == leg; });
  return row == kLegs.end() ? std::nullopt : failure_of(item, *row, backend, pool);
}

bool fails_alike(const ParityCase& item, const Failure& failure, const Backend& backend,
                 ThreadPool& pool) {
  const std::string& leg = failure.leg == "error" ? failure.sides : failure.leg;
  const auto found = failure_in_leg(item, leg, backend, pool);
  return found && found->leg == failure.leg && found->kind == failure.kind;
}

}  // namespace twingrad
