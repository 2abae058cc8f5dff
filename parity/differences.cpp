#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include "autodiff/rule.h"
#include "ir/precision.h"
#include "parity/drawn_values.h"
#include "parity/legs.h"
#include "parity/line.h"

namespace twingrad {
namespace {

struct Estimate {
  double slope;
  double allowed;  // truncation and rounding of the estimate itself
};

// Two points for the usual case, four where that does not decide: their error is of order h^4.
Estimate two_points(Line& line, double h) {
  const double slope = (line.value(h) - line.value(-h)) / (2 * h);
  return {slope, 4e-16 * line.scale() / h};
}

Estimate four_points(Line& line, double h) {
  const double near = line.value(h) - line.value(-h);
  const double far = line.value(2 * h) - line.value(-2 * h);
  return {(8 * near - far) / (12 * h), 4e-16 * line.scale() / h};
}

bool agrees(const Estimate& estimate, double slope, double magnitude) {
  return std::fabs(estimate.slope - slope) <=
         1e-6 * std::max(std::fabs(slope), magnitude * 1e-3) + estimate.allowed;
}

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

bool is_finite(const Tensor& tensor) {
  for (int64_t i = 0; i < tensor.element_count(); ++i) {
    if (!std::isfinite(element_as_double(tensor, i))) return false;
  }
  return true;
}

bool is_finite(const Datum& datum) {
  return std::ranges::all_of(leaves("", datum), [](const Leaf& leaf) {
    return !is_floating_point(leaf.tensor.type()) || is_finite(leaf.tensor);
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

int64_t element_count(const Datum& datum) {
  int64_t count = 0;
  for (const Leaf& leaf : leaves("", datum)) count += leaf.tensor.element_count();
  return count;
}

// The direction with 0 for every element, counted over all tensors, that `keep` refuses.
Datum restricted(const Datum& direction, const std::function<bool(int64_t)>& keep) {
  int64_t next = 0;
  return transformed(direction, [&](const Tensor& whole) {
    Tensor part = whole.clone();
    for (double& value : part.values<double>()) {
      if (!keep(next++)) value = 0;
    }
    return part;
  });
}

// What is differentiated by one input or parameter, and the gradient that is held to it.
struct Slope {
  const Runner& runner;
  const Question& question;
  int order;
  const std::string& name;
  const Datum& at;
  const Datum& gradient;
  bool connected;  // else there is no gradient, and `gradient` is zeros
  bool singular;   // an output is not finite at the point

  Line line(const Datum& direction) const { return {runner, question, order, name, at, direction}; }
};

TensorVerdict along(const Slope& slope, const Datum& direction) {
  TensorVerdict verdict;
  verdict.name = slope.name;
  verdict.kind = slope.order == 1 ? "gradient" : "second_order";
  const double ours = inner(direction, slope.gradient);
  const double magnitude = std::sqrt(inner(slope.gradient, slope.gradient));
  const double size = std::isfinite(magnitude) ? magnitude : std::fabs(ours);
  Line line = slope.line(direction);
  Estimate best = two_points(line, 1e-6);
  bool good = agrees(best, ours, size);
  for (const double h : {1e-3, 1e-4, 1e-5}) {
    if (good) break;
    const Estimate next = four_points(line, h);
    good = agrees(next, ours, size);
    if (good || std::fabs(next.slope - ours) < std::fabs(best.slope - ours)) best = next;
  }
  verdict.left = ours;
  verdict.right = best.slope;
  verdict.max_abs = std::fabs(ours - best.slope);
  verdict.max_rel = verdict.max_abs / std::max(std::fabs(best.slope), 1e-300);
  verdict.needed_rtol = verdict.max_abs / std::max({std::fabs(best.slope), size, 1e-300});
  verdict.ulp = ulp_distance(ours, best.slope, DataType::kDouble);
  verdict.noise = good && std::max(std::fabs(ours), std::fabs(best.slope)) <= 10 * best.allowed;
  if (good) return verdict;
  verdict.verdict = Verdict::kFailed;
  verdict.reason = "the slope along a random direction differs from central differences";
  return verdict;
}

// Finds the elements on kinks, jumps and singularities: differences say nothing about them.
class RoughElements {
 public:
  RoughElements(const Slope& slope, const Datum& direction)
      : slope_(slope),
        direction_(direction),
        rough_(static_cast<size_t>(element_count(direction))) {
    find_infinite();
    find(0, static_cast<int64_t>(rough_.size()));
  }

  int64_t count() const { return std::ranges::count(rough_, true); }
  bool all() const { return count() == static_cast<int64_t>(rough_.size()); }
  // Of a constant in pieces, between two of which every element lies.
  bool all_jump() const { return jumps_ == static_cast<int64_t>(rough_.size()); }
  bool gave_up() const { return lines_ > kMostLines; }
  Datum smooth_part() const {
    return restricted(direction_, [this](int64_t i) { return !rough_[static_cast<size_t>(i)]; });
  }

 private:
  static constexpr int kMostLines = 2000;

  // Where outputs are not finite, an infinite gradient is what it should be.
  void find_infinite() {
    if (!slope_.singular) return;
    size_t next = 0;
    for (const Leaf& leaf : leaves("", slope_.gradient)) {
      for (int64_t i = 0; i < leaf.tensor.element_count(); ++i) {
        rough_[next++] = !std::isfinite(element_as_double(leaf.tensor, i));
      }
    }
  }

  // Halves a range of elements until it agrees or is a single one. Where the halves agree, but both
  // together lie on something rough (a corner), that is the range's.
  void find(int64_t begin, int64_t end) {
    const auto in_range = [&](int64_t i) {
      return i >= begin && i < end && !rough_[static_cast<size_t>(i)];
    };
    if (begin == end || ++lines_ > kMostLines) return;
    const Datum part = restricted(direction_, in_range);
    if (along(slope_, part).verdict == Verdict::kPassed) return;
    const int64_t before = count();
    if (end - begin > 1) {
      const int64_t middle = begin + (end - begin) / 2;
      find(begin, middle);
      find(middle, end);
    }
    if (count() > before) return;
    Line line = slope_.line(part);
    const Roughness found = roughness(line);
    if (found == Roughness::kSmooth) return;
    for (int64_t i = begin; i < end; ++i) {
      jumps_ += found == Roughness::kJump && in_range(i) ? 1 : 0;
      rough_[static_cast<size_t>(i)] = true;
    }
  }

  const Slope& slope_;
  const Datum& direction_;
  std::vector<bool> rough_;
  int lines_ = 0;
  int64_t jumps_ = 0;
};

TensorVerdict check_slope(const Slope& slope, const Datum& direction) {
  TensorVerdict whole = along(slope, direction);
  if (whole.verdict == Verdict::kPassed) return whole;
  const RoughElements rough(slope, direction);
  if (rough.count() == 0) return whole;
  const std::string place = "a kink, a jump or a singularity, where differences say nothing";
  TensorVerdict verdict = whole;
  verdict.verdict = Verdict::kIncomplete;
  if (rough.all_jump() && !slope.connected) {
    verdict.verdict = Verdict::kPassed;
    verdict.reason = "has no gradient, and every element lies on a jump";
  } else if (rough.all()) {
    verdict.reason = "the point lies on " + place;
  } else if (rough.gave_up()) {
    verdict.reason = "too many elements lie on " + place;
  } else {
    verdict = along(slope, rough.smooth_part());
    if (verdict.verdict == Verdict::kPassed) {
      verdict.reason = "without " + std::to_string(rough.count()) + " of " +
                       std::to_string(element_count(direction)) + " elements that lie on " + place;
    }
  }
  return verdict;
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

}  // namespace

LegReport differences_leg(const Question& question, ThreadPool& pool) {
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
  std::mt19937_64 generator(0x7467);
  for (const std::string& name : wide.gradients) {
    const auto given = wide.inputs.find(name);
    const auto& data = graph.value(*graph.find(name)).data;
    const Datum at = given != wide.inputs.end() ? given->second : data ? Datum(*data) : Datum();
    const bool connected = answer.gradients.at(name).has_value();
    if (!can_move(at) || (!connected && is_held_constant(graph, *graph.find(name)))) continue;
    const Datum direction = random_direction(at, generator);
    for (int order = 1; order <= wide.order; ++order) {
      if (order == 2 && !answer.second_order.contains(name)) continue;
      const std::optional<Datum> gradient =
          order == 1 ? answer.gradients.at(name) : answer.second_order.at(name);
      const Datum held = gradient ? *gradient : zeros_like(at);
      leg.add(check_slope({runner, wide, order, name, at, held, gradient.has_value(), singular},
                          direction));
    }
  }
  if (leg.tensors.empty())
    leg.note = "no float or double input or parameter by which an operator has a derivative";
  return leg;
}

}  // namespace twingrad
