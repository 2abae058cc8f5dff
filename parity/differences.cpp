#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include "autodiff/rule.h"
#include "ir/precision.h"
#include "parity/drawn_values.h"
#include "parity/legs.h"
#include "parity/slope.h"

namespace twingrad {
namespace {

Datum random_direction(const Datum& at, std::mt19937_64& generator) {
  return transformed(at, [&generator](const Tensor& tensor) {
    Tensor direction(DataType::kDouble, tensor.shape());
    for (int64_t i = 0; i < tensor.element_count(); ++i) {
      const double value = static_cast<double>(generator() >> 11) * 0x1p-52 - 1;
      direction.data<double>()[i] = std::isfinite(element_as_double(tensor, i)) ? value : 0;
    }
    return direction;
  });
}

// The cotangents with 0 for the elements of outputs that are not finite: these have no slope.
NamedData finite_part(const NamedData& cotangents, const NamedData& outputs) {
  NamedData result;
  for (const auto& [name, cotangent] : cotangents) {
    const std::vector<Leaf> values = leaves("", outputs.at(name));
    size_t next = 0;
    result[name] = transformed(cotangent, [&](const Tensor& whole) {
      Tensor part = whole.clone();
      const Tensor& output = values.at(next++).tensor;
      for (int64_t i = 0; i < part.element_count(); ++i) {
        if (!std::isfinite(element_as_double(output, i))) set_element(part, i, 0);
      }
      return part;
    });
  }
  return result;
}

// The small floats stay what they are, and their steps are too coarse to difference. Without
// elements there is no direction to move in.
bool can_move(const Datum& at) {
  const std::vector<Leaf> tensors = leaves("", at);
  return has_gradient(at) &&
         std::ranges::all_of(
             tensors, [](const Leaf& leaf) { return leaf.tensor.type() == DataType::kDouble; }) &&
         std::ranges::any_of(tensors,
                             [](const Leaf& leaf) { return leaf.tensor.element_count() > 0; });
}

// Whether every operator that takes the value says that it has no derivative by it: the region of
// Resize, the depth of OneHot. Moving it may change the result all the same.
bool is_held_constant(const Graph& graph, ValueId id) {
  bool used = false;
  for (const Node& node : graph.nodes()) {
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] != id) continue;
      used = true;
      if (node.op == nullptr || is_differentiable(*node.op, i)) return false;
    }
  }
  return used;
}

// The inputs and parameters among the gradients that are asked for: an intermediate value cannot be
// moved by itself, and what shapes draws has no slope.
std::vector<std::string> movable(const Question& question) {
  std::vector<std::string> names;
  const std::set<std::string> shape_draws = values_that_shape_draws(*question.graph);
  for (const std::string& name : question.gradients) {
    const auto id = question.graph->find(name);
    if (!id || question.graph->value(*id).kind == Value::Kind::kResult) continue;
    if (!shape_draws.contains(name)) names.push_back(name);
  }
  return names;
}

Datum zeros_like(const Datum& datum) {
  return transformed(
      datum, [](const Tensor& tensor) { return Tensor::zeros(DataType::kDouble, tensor.shape()); });
}

// What all values that can move are held to: each along a random direction of its own.
std::vector<Slope> slopes_of(const Question& question, const NamedGradients& gradients) {
  std::vector<Slope> slopes;
  std::mt19937_64 generator(0x7467);
  const Graph& graph = *question.graph;
  for (const std::string& name : question.gradients) {
    const auto given = question.inputs.find(name);
    const auto& data = graph.value(*graph.find(name)).data;
    const Datum at = given != question.inputs.end() ? given->second : data ? Datum(*data) : Datum();
    const std::optional<Datum>& gradient = gradients.at(name);
    if (!can_move(at) || (!gradient && is_held_constant(graph, *graph.find(name)))) continue;
    slopes.push_back({{name, at, random_direction(at, generator)},
                      gradient ? *gradient : zeros_like(at),
                      gradient.has_value()});
  }
  return slopes;
}

double norm(const Datum& datum) {
  return std::sqrt(inner(datum, datum));
}

// Values with small gradients move further, so that each has its part in the slope of all.
void balance(std::span<Slope> slopes) {
  double largest = 0;
  for (const Slope& slope : slopes) largest = std::max(largest, norm(slope.gradient));
  if (!std::isfinite(largest)) return;
  for (Slope& slope : slopes) {
    const double share = norm(slope.gradient) / largest;
    if (!(share > 1e-9)) continue;
    const double factor = std::min(1 / share, 100.0);
    slope.movement.direction = transformed(slope.movement.direction, [&](const Tensor& tensor) {
      Tensor scaled = tensor.clone();
      for (double& value : scaled.values<double>()) value *= factor;
      return scaled;
    });
  }
}

// All values along one direction; where they differ, each half of them by itself, down to the
// single value. A line of a large model takes seconds: after `lines` of them those that still
// differ together are not told apart.
void check_together(const SlopePoint& point, std::span<const Slope> slopes, int& lines,
                    LegReport& leg) {
  if (slopes.size() == 1 && lines > 0) return leg.add(check_slope(point, slopes.front()));
  TensorVerdict together;
  together.kind = "gradient";
  if (lines-- > 0) {
    together = along(point, slopes);
    together.reason = "along one direction with " + std::to_string(slopes.size() - 1) + " others";
  } else {
    together.verdict = Verdict::kIncomplete;
    together.reason =
        "differs from central differences together with others of a large model, "
        "which were not all told apart";
  }
  if (together.verdict != Verdict::kFailed) {
    for (const Slope& slope : slopes) {
      together.name = slope.movement.name;
      leg.add(together);
    }
    return;
  }
  const size_t middle = slopes.size() / 2;
  check_together(point, slopes.first(middle), lines, leg);
  check_together(point, slopes.subspan(middle), lines, leg);
}

// A line for every input or parameter of a model with as many elements would take minutes.
bool is_large(std::span<const Slope> slopes, int64_t most) {
  int64_t count = 0;
  for (const Slope& slope : slopes) {
    for (const Leaf& leaf : leaves("", slope.gradient)) count += leaf.tensor.element_count();
  }
  return static_cast<int64_t>(slopes.size()) * count > most;
}

}  // namespace

LegReport differences_leg(const Question& question, ThreadPool& pool, int64_t most_moves,
                          int most_lines) {
  const Runner runner = eager_runner(reference_backend(), pool);
  LegReport leg{
      "differences", runner.name + "/float64", "central differences", Verdict::kPassed, {}, {}};
  const Graph graph = with_precision(*question.graph, DataType::kDouble);
  Question wide = question;
  wide.graph = &graph;
  wide.inputs = with_precision(question.inputs, DataType::kDouble);
  Question forward = wide;
  forward.outputs.clear();
  for (const auto& [name, cotangent] : question.cotangents) forward.outputs.push_back(name);
  forward.cotangents.clear();
  const NamedData outputs = runner.run(forward).outputs;
  NamedData wide_cotangents;
  for (const auto& [name, cotangent] : question.cotangents) {
    // Operators on texts and tables give float whatever goes in: too coarse to difference.
    const DataType type = leaf_type(graph.value(*graph.find(name)).type).element;
    if (type != DataType::kFloat) wide_cotangents[name] = cotangent;
  }
  if (wide_cotangents.empty()) {
    leg.note = "no output that double would make precise";
    return leg;
  }
  wide.cotangents = finite_part(with_precision(wide_cotangents, DataType::kDouble), outputs);
  const bool singular =
      std::ranges::any_of(outputs, [](const auto& output) { return !is_finite(output.second); });
  wide.directions = with_precision(question.directions, DataType::kDouble);
  wide.gradients = movable(question);
  wide.order = std::min(question.order, 2);
  const Answer answer = runner.run(wide);
  std::vector<Slope> slopes = slopes_of(wide, answer.gradients);
  SlopePoint point{runner, wide, 1, singular, most_lines};
  if (is_large(slopes, most_moves)) {
    point.most_lines = 50;
    balance(slopes);
    int lines = 24;
    check_together(point, slopes, lines, leg);
    return leg;
  }
  for (Slope& slope : slopes) {
    leg.add(check_slope(point, slope));
    const auto second = answer.second_order.find(slope.movement.name);
    if (second == answer.second_order.end()) continue;
    slope.gradient = second->second;
    leg.add(check_slope({runner, wide, 2, singular, most_lines}, slope));
  }
  if (leg.tensors.empty())
    leg.note = "no float or double input or parameter by which an operator has a derivative";
  return leg;
}

}  // namespace twingrad
