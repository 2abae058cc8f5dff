#include "parity/kernels_leg.h"

#include <algorithm>

#include "parity/drawn_values.h"
#include "parity/legs.h"

namespace twingrad {
namespace {

bool is_precise(const Datum& datum) {
  return std::ranges::all_of(leaves("", datum), [](const Leaf& leaf) {
    return leaf.tensor.type() == DataType::kFloat || leaf.tensor.type() == DataType::kDouble;
  });
}

NamedData precise(NamedData data) {
  std::erase_if(data, [](const auto& entry) { return !is_precise(entry.second); });
  return data;
}

}  // namespace

LegReport kernels_leg(const Runner& runner, const Answer& answer, const Question& question,
                      ThreadPool& pool) {
  const Runner plain = eager_runner(reference_backend(), pool);
  Answer expected_answer = plain.run(question);
  Expectation expected;
  expected.source = plain.name;
  expected.outputs = precise(std::move(expected_answer.outputs));
  expected.gradients = std::move(expected_answer.gradients);
  std::erase_if(expected.gradients,
                [](const auto& entry) { return entry.second && !is_precise(*entry.second); });
  expected.second_order = precise(std::move(expected_answer.second_order));
  expected.third_order = precise(std::move(expected_answer.third_order));
  expected.nan_equal = true;
  expected.drawn = values_with_draws(*question.graph, question.inputs);
  LegReport leg = reference_leg(runner, answer, nullptr, expected);
  leg.leg = "modes";
  return leg;
}

}  // namespace twingrad
