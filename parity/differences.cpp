#include <algorithm>
#include <array>
#include <cmath>
#include <random>

#include "ir/precision.h"
#include "parity/legs.h"

namespace twingrad {
namespace {

// Elements of weight 0 do not count, whatever they are.
double inner(const Tensor& weight, const Tensor& values) {
  double sum = 0;
  for (int64_t i = 0; i < weight.element_count(); ++i) {
    const double factor = element_as_double(weight, i);
    if (factor != 0) sum += factor * element_as_double(values, i);
  }
  return sum;
}

// The scalar that is differentiated, along a line through the point: of order 1 the sum of
// <cotangent, output>, of order 2 the sum of <direction, gradient>.
class Line {
 public:
  Line(const Runner& runner, const Question& question, int order, const std::string& name,
       const Tensor& at, const Tensor& direction)
      : runner_(runner),
        question_(question),
        order_(order),
        at_(at),
        direction_(direction),
        name_(name) {
    question_.order = 1;
    if (order == 1) {
      weights_ = question_.cotangents;
      question_.cotangents.clear();
      question_.gradients.clear();
      question_.outputs.clear();
      for (const auto& [output, cotangent] : weights_) question_.outputs.push_back(output);
    } else {
      weights_ = question_.directions;
    }
  }

  double value(double step) {
    Tensor moved(DataType::kDouble, at_.shape());
    for (int64_t i = 0; i < at_.element_count(); ++i) {
      moved.data<double>()[i] = at_.data<double>()[i] + step * direction_.data<double>()[i];
    }
    question_.inputs[name_] = std::move(moved);
    const Answer answer = runner_.run(question_);
    double sum = 0;
    scale_ = 0;
    for (const auto& [name, weight] : weights_) {
      if (order_ == 1) {
        sum += inner(weight, answer.outputs.at(name));
        add_scale(weight, answer.outputs.at(name));
      } else if (const auto& gradient = answer.gradients.at(name)) {
        sum += inner(weight, *gradient);
        add_scale(weight, *gradient);
      }
    }
    return sum;
  }
  // How large the terms of the last sum were: what its rounding error goes with.
  double scale() const { return scale_; }

 private:
  void add_scale(const Tensor& weight, const Tensor& values) {
    for (int64_t i = 0; i < weight.element_count(); ++i) {
      const double factor = element_as_double(weight, i);
      if (factor != 0) scale_ += std::fabs(factor * element_as_double(values, i));
    }
  }

  const Runner& runner_;
  Question question_;
  int order_;
  const Tensor& at_;
  const Tensor& direction_;
  std::string name_;
  NamedTensors weights_;
  double scale_ = 0;
};

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

// One-sided slopes that differ alike at two step sizes: the difference of a kink stays, that of a
// curvature shrinks with the step.
bool is_kink(Line& line) {
  std::array<double, 2> jump{};
  const double middle = line.value(0);
  for (size_t i = 0; i < 2; ++i) {
    const double h = i == 0 ? 1e-5 : 1e-6;
    jump[i] = (line.value(h) + line.value(-h) - 2 * middle) / h;
  }
  const double noise = 1e-15 * line.scale() / 1e-6;
  return std::fabs(jump[1]) > 10 * noise && std::fabs(jump[1]) > 0.5 * std::fabs(jump[0]);
}

// No step leads away from what is not finite.
Tensor random_direction(const Tensor& at, std::mt19937_64& generator) {
  Tensor direction(DataType::kDouble, at.shape());
  for (int64_t i = 0; i < at.element_count(); ++i) {
    const double value = static_cast<double>(generator() >> 11) * 0x1p-52 - 1;
    direction.data<double>()[i] = std::isfinite(element_as_double(at, i)) ? value : 0;
  }
  return direction;
}

bool all_finite(const Tensor& tensor) {
  for (int64_t i = 0; i < tensor.element_count(); ++i) {
    if (!std::isfinite(element_as_double(tensor, i))) return false;
  }
  return true;
}

// The cotangents with 0 for the elements of outputs that are not finite: these have no slope.
NamedTensors finite_part(const NamedTensors& cotangents, const NamedTensors& outputs) {
  NamedTensors result;
  for (const auto& [name, cotangent] : cotangents) {
    Tensor& part = result[name] = cotangent.clone();
    const Tensor& output = outputs.at(name);
    for (int64_t i = 0; i < part.element_count(); ++i) {
      if (!std::isfinite(element_as_double(output, i))) set_element(part, i, 0);
    }
  }
  return result;
}

TensorVerdict check_line(Line& line, const std::string& name, const std::string& kind, double slope,
                         double magnitude, bool singular) {
  TensorVerdict verdict;
  verdict.name = name;
  verdict.kind = kind;
  Estimate best = two_points(line, 1e-6);
  bool good = agrees(best, slope, magnitude);
  for (const double h : {1e-3, 1e-4, 1e-5}) {
    if (good) break;
    const Estimate next = four_points(line, h);
    good = agrees(next, slope, magnitude);
    if (good || std::fabs(next.slope - slope) < std::fabs(best.slope - slope)) best = next;
  }
  verdict.left = slope;
  verdict.right = best.slope;
  verdict.max_abs = std::fabs(slope - best.slope);
  verdict.max_rel = verdict.max_abs / std::max(std::fabs(best.slope), 1e-300);
  verdict.needed_rtol = verdict.max_abs / std::max({std::fabs(best.slope), magnitude, 1e-300});
  verdict.ulp = ulp_distance(slope, best.slope, DataType::kDouble);
  verdict.noise = good && std::max(std::fabs(slope), std::fabs(best.slope)) <= 10 * best.allowed;
  if (good) return verdict;
  if (is_kink(line)) {
    verdict.verdict = Verdict::kIncomplete;
    verdict.reason = "the point lies on a kink, where differences say nothing";
  } else if (!std::isfinite(slope) && singular) {
    verdict.verdict = Verdict::kIncomplete;
    verdict.reason = "the point is singular: an output is not finite there";
  } else {
    verdict.verdict = Verdict::kFailed;
    verdict.reason = "the slope along a random direction differs from central differences";
  }
  return verdict;
}

NamedTensors in_double(const NamedTensors& tensors) {
  NamedTensors result;
  for (const auto& [name, tensor] : tensors) {
    result[name] = with_precision(tensor, DataType::kDouble);
  }
  return result;
}

// The inputs and parameters among the gradients that are asked for: an intermediate value cannot be
// moved by itself.
std::vector<std::string> movable(const Question& question) {
  std::vector<std::string> names;
  for (const std::string& name : question.gradients) {
    const auto id = question.graph->find(name);
    if (id && question.graph->value(*id).kind != Value::Kind::kResult) names.push_back(name);
  }
  return names;
}

double norm(const Tensor& tensor) {
  return std::sqrt(inner(tensor, tensor));
}

}  // namespace

LegReport differences_leg(const Question& question, ThreadPool& pool) {
  const Runner runner = eager_runner(reference_backend(), pool);
  LegReport leg{
      "differences", runner.name + "/float64", "central differences", Verdict::kPassed, {}, {}};
  const Graph graph = with_precision(*question.graph, DataType::kDouble);
  Question wide = question;
  wide.graph = &graph;
  wide.inputs = in_double(question.inputs);
  Question forward = wide;
  forward.outputs.clear();
  for (const auto& [name, cotangent] : question.cotangents) forward.outputs.push_back(name);
  forward.cotangents.clear();
  const NamedTensors outputs = runner.run(forward).outputs;
  wide.cotangents = finite_part(in_double(question.cotangents), outputs);
  const bool singular =
      std::ranges::any_of(outputs, [](const auto& output) { return !all_finite(output.second); });
  wide.directions = in_double(question.directions);
  wide.gradients = movable(question);
  wide.order = std::min(question.order, 2);
  const Answer answer = runner.run(wide);
  std::mt19937_64 generator(0x7467);
  for (const std::string& name : wide.gradients) {
    const auto given = wide.inputs.find(name);
    const Tensor at =
        given != wide.inputs.end() ? given->second : *graph.value(*graph.find(name)).data;
    // Without elements there is no direction to move in (and the outputs may be infinite).
    if (at.type() != DataType::kDouble || at.element_count() == 0) continue;
    const Tensor direction = random_direction(at, generator);
    for (int order = 1; order <= wide.order; ++order) {
      if (order == 2 && !answer.second_order.contains(name)) continue;
      const std::optional<Tensor> gradient =
          order == 1 ? answer.gradients.at(name) : answer.second_order.at(name);
      const double slope = gradient ? inner(direction, *gradient) : 0;
      const double magnitude = gradient ? norm(*gradient) : 0;
      Line line(runner, wide, order, name, at, direction);
      leg.add(check_line(line, name, order == 1 ? "gradient" : "second_order", slope, magnitude,
                         singular));
    }
  }
  if (leg.tensors.empty()) leg.note = "no floating-point input or parameter";
  return leg;
}

}  // namespace twingrad
