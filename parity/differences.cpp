#include <algorithm>
#include <array>
#include <cmath>
#include <random>

#include "ir/precision.h"
#include "parity/legs.h"

namespace twingrad {
namespace {

// Calls `visit` with every pair of elements; of what is no number there is none.
template <typename Visit>
void for_each_pair(const Datum& a, const Datum& b, const Visit& visit) {
  const std::vector<Leaf> left = leaves("", a);
  const std::vector<Leaf> right = leaves("", b);
  for (size_t k = 0; k < left.size() && k < right.size(); ++k) {
    if (!is_floating_point(left[k].tensor.type())) continue;
    for (int64_t i = 0; i < left[k].tensor.element_count(); ++i) {
      visit(element_as_double(left[k].tensor, i), element_as_double(right[k].tensor, i));
    }
  }
}

// Elements of weight 0 do not count, whatever they are.
double inner(const Datum& weight, const Datum& values) {
  double sum = 0;
  for_each_pair(weight, values, [&sum](double factor, double value) {
    if (factor != 0) sum += factor * value;
  });
  return sum;
}

// The scalar that is differentiated, along a line through the point: of order 1 the sum of
// <cotangent, output>, of order 2 the sum of <direction, gradient>.
class Line {
 public:
  Line(const Runner& runner, const Question& question, int order, const std::string& name,
       const Datum& at, const Datum& direction)
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
    const std::vector<Leaf> directions = leaves("", direction_);
    size_t next = 0;
    question_.inputs[name_] = transformed(at_, [&](const Tensor& at) {
      const Tensor& along = directions[next++].tensor;
      Tensor moved(DataType::kDouble, at.shape());
      for (int64_t i = 0; i < at.element_count(); ++i) {
        moved.data<double>()[i] = at.data<double>()[i] + step * along.data<double>()[i];
      }
      return moved;
    });
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
  void add_scale(const Datum& weight, const Datum& values) {
    for_each_pair(weight, values, [this](double factor, double value) {
      if (factor != 0) scale_ += std::fabs(factor * value);
    });
  }

  const Runner& runner_;
  Question question_;
  int order_;
  const Datum& at_;
  const Datum& direction_;
  std::string name_;
  NamedData weights_;
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

NamedData in_double(const NamedData& data) {
  NamedData result;
  for (const auto& [name, datum] : data) {
    result[name] = transformed(
        datum, [](const Tensor& tensor) { return with_precision(tensor, DataType::kDouble); });
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

double norm(const Datum& datum) {
  return std::sqrt(inner(datum, datum));
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
  const NamedData outputs = runner.run(forward).outputs;
  wide.cotangents = finite_part(in_double(question.cotangents), outputs);
  const bool singular =
      std::ranges::any_of(outputs, [](const auto& output) { return !is_finite(output.second); });
  wide.directions = in_double(question.directions);
  wide.gradients = movable(question);
  wide.order = std::min(question.order, 2);
  const Answer answer = runner.run(wide);
  std::mt19937_64 generator(0x7467);
  for (const std::string& name : wide.gradients) {
    const auto given = wide.inputs.find(name);
    const auto& data = graph.value(*graph.find(name)).data;
    const Datum at = given != wide.inputs.end() ? given->second : data ? Datum(*data) : Datum();
    if (!can_move(at)) continue;
    const Datum direction = random_direction(at, generator);
    for (int order = 1; order <= wide.order; ++order) {
      if (order == 2 && !answer.second_order.contains(name)) continue;
      const std::optional<Datum> gradient =
          order == 1 ? answer.gradients.at(name) : answer.second_order.at(name);
      const double slope = gradient ? inner(direction, *gradient) : 0;
      const double magnitude = gradient ? norm(*gradient) : 0;
      Line line(runner, wide, order, name, at, direction);
      leg.add(check_line(line, name, order == 1 ? "gradient" : "second_order", slope, magnitude,
                         singular));
    }
  }
  if (leg.tensors.empty()) leg.note = "no float or double input or parameter";
  return leg;
}

}  // namespace twingrad
