#include "parity/retyping_cost.h"

#include <algorithm>
#include <cstdio>

#include "ir/error.h"
#include "ir/precision.h"
#include "parity/element_statistics.h"
#include "parity/runner.h"

namespace twingrad {
namespace {

// The distance from 1 to the next number.
double unit_of(DataType type) {
  switch (type) {
    case DataType::kFloat16:
      return 0x1p-10;
    case DataType::kBfloat16:
      return 0x1p-7;
    case DataType::kFloat:
      return 0x1p-23;
    default:
      return 0x1p-52;
  }
}

class CostMeter {
 public:
  explicit CostMeter(RetypingCost& cost) : cost_(cost) {}

  // `floor`: what a smaller tensor is measured against.
  void compare(RetypingCost::Largest& largest, const std::string& name, const Datum& original,
               const Datum& retyped, double floor) {
    const std::vector<Leaf> left = leaves(name, original);
    const std::vector<Leaf> right = leaves(name, retyped);
    for (size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
      if (is_floating_point(left[i].tensor.type())) {
        compare(largest, left[i], with_precision(right[i].tensor, DataType::kDouble), floor);
      }
    }
  }

 private:
  void compare(RetypingCost::Largest& largest, const Leaf& original, const Tensor& retyped,
               double floor) {
    const Tensor expected = with_precision(original.tensor, DataType::kDouble);
    const ElementStatistics statistics = element_statistics(expected);
    if (statistics.finite && !element_statistics(retyped).finite && cost_.not_finite.empty()) {
      cost_.not_finite = original.place;
    }
    const double scale = std::max(statistics.largest, floor);
    const double difference = largest_difference(retyped, expected);
    const double relative = scale > 0 ? difference / scale : difference;
    if (!largest.name.empty() && relative <= largest.difference) return;
    largest = {relative, original.place};
  }

  RetypingCost& cost_;
};

double largest_of(const NamedGradients& gradients) {
  double largest = 0;
  for (const auto& [name, gradient] : gradients) {
    if (!gradient) continue;
    for (const Leaf& leaf : leaves(name, *gradient)) {
      largest = std::max(largest, largest_magnitude(leaf.tensor));
    }
  }
  return largest;
}

Question with_precision(const Question& question, const Graph& graph, DataType type) {
  Question result = question;
  result.graph = &graph;
  result.inputs = with_precision(question.inputs, type);
  result.cotangents = with_precision(question.cotangents, type);
  return result;
}

std::string text_of(const RetypingCost::Largest& largest) {
  char number[32];
  std::snprintf(number, sizeof number, "%.1e", largest.difference);
  return number;
}

}  // namespace

RetypingCost retyping_cost(const Graph& original, const Graph& retyped, DataType type,
                           const InputChoices& inputs, ThreadPool& pool) {
  const Runner runner = eager_runner(openblas_backend(), pool);
  Question question;
  question.graph = &original;
  question.seed = inputs.seed;
  question.inputs = model_inputs(original, inputs);
  for (const ValueId id : original.outputs()) question.outputs.push_back(original.value(id).name);
  const Answer expected = runner.run(question);
  const Answer found = runner.run(with_precision(question, retyped, type));
  RetypingCost cost;
  CostMeter meter(cost);
  for (const auto& [name, datum] : expected.outputs) {
    meter.compare(cost.output, name, datum, found.outputs.at(name), 0);
  }
  question.cotangents = drawn_cotangents(original, expected.outputs, question.seed);
  if (question.cotangents.empty() || !cost.not_finite.empty()) return cost;
  question.gradients = differentiable_names(original);
  try {
    const Answer exact = runner.run(question);
    const Answer rounded = runner.run(with_precision(question, retyped, type));
    const double floor = unit_of(type) * largest_of(exact.gradients);
    for (const auto& [name, gradient] : exact.gradients) {
      const auto& other = rounded.gradients.at(name);
      if (gradient && other) meter.compare(cost.gradient, name, *gradient, *other, floor);
    }
  } catch (const Error& error) {
    if (error.kind() != Error::Kind::kUnsupported) throw;
  }
  return cost;
}

std::string text_of(const RetypingCost& cost) {
  if (cost.output.name.empty()) return "no outputs of floating-point numbers";
  if (cost.output.difference == 0 && cost.gradient.difference == 0) {
    return "outputs and gradients are equal";
  }
  std::string text = "outputs differ by at most " + text_of(cost.output) +
                     " of their largest element (" + quoted_name(cost.output.name) + ")";
  if (cost.gradient.name.empty()) return text;
  return text + ", gradients by " + text_of(cost.gradient) + " (" +
         quoted_name(cost.gradient.name) + ")";
}

}  // namespace twingrad
