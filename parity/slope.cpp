#include "parity/slope.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <optional>
#include <vector>

namespace twingrad {
namespace {

struct Estimate {
  double slope;
  double rounding;  // of the estimate itself
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

struct Step {
  Estimate (*estimate)(Line&, double);
  double h;
  bool blind_to_small;  // rounding hides small slopes: only a visible one is accepted
};

constexpr std::array<Step, 8> kSteps = {{{two_points, 1e-6, false},
                                         {two_points, 1e-7, true},
                                         {two_points, 1e-8, true},
                                         {four_points, 1e-3, false},
                                         {four_points, 1e-4, false},
                                         {four_points, 1e-5, false},
                                         {two_points, 1e-9, true},
                                         {two_points, 1e-10, true}}};

bool agrees(const Estimate& estimate, const Step& step, double slope, double magnitude) {
  if (step.blind_to_small && std::fabs(slope) < 10 * estimate.rounding) return false;
  return std::fabs(estimate.slope - slope) <=
         1e-6 * std::max(std::fabs(slope), magnitude * 1e-3) + estimate.rounding;
}

// Of <gradient, direction> summed over the slopes.
struct Sum {
  double value = 0;
  double size = 0;  // what it may be: the norm of the gradients, each as far as its values move

  explicit Sum(std::span<const Slope> slopes) {
    double squares = 0;
    for (const Slope& slope : slopes) {
      const double move = largest_move(slope.movement.direction);
      value += inner(slope.movement.direction, slope.gradient);
      squares += move * move * inner(slope.gradient, slope.gradient);
    }
    size = std::isfinite(squares) ? std::sqrt(squares) : std::fabs(value);
  }

 private:
  static double largest_move(const Datum& direction) {
    double largest = 0;
    for (const Leaf& leaf : leaves("", direction)) {
      for (const double value : leaf.tensor.values<double>()) {
        largest = std::max(largest, std::fabs(value));
      }
    }
    return largest;
  }
};

Line line_of(const SlopePoint& point, std::span<const Slope> slopes) {
  std::vector<Movement> movements;
  for (const Slope& slope : slopes) movements.push_back(slope.movement);
  return {point.runner, point.question, point.order, std::move(movements)};
}

int64_t element_count(const Datum& datum) {
  int64_t count = 0;
  for (const Leaf& leaf : leaves("", datum)) count += leaf.tensor.element_count();
  return count;
}

// The slope with a direction that is 0 for every element, counted over all tensors, that `keep`
// refuses.
Slope restricted(Slope slope, const std::function<bool(int64_t)>& keep) {
  int64_t next = 0;
  slope.movement.direction = transformed(slope.movement.direction, [&](const Tensor& whole) {
    Tensor part = whole.clone();
    for (double& value : part.values<double>()) {
      if (!keep(next++)) value = 0;
    }
    return part;
  });
  return slope;
}

// Finds the elements on kinks, jumps and singularities: differences say nothing about them.
class RoughElements {
 public:
  RoughElements(const SlopePoint& point, const Slope& slope)
      : point_(point),
        slope_(slope),
        rough_(static_cast<size_t>(element_count(slope.movement.direction))) {
    find_infinite();
    find(0, static_cast<int64_t>(rough_.size()));
  }

  int64_t count() const { return std::ranges::count(rough_, true); }
  bool all() const { return count() == static_cast<int64_t>(rough_.size()); }
  // Of a constant in pieces, between two of which every element lies.
  bool all_jump() const { return jumps_ == static_cast<int64_t>(rough_.size()); }
  bool gave_up() const { return lines_ > point_.most_lines; }
  Slope smooth_part() const {
    return restricted(slope_, [this](int64_t i) { return !rough_[static_cast<size_t>(i)]; });
  }

 private:
  // Where outputs are not finite, an infinite gradient is what it should be.
  void find_infinite() {
    if (!point_.singular) return;
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
    if (begin == end || ++lines_ > point_.most_lines) return;
    const Slope part = restricted(slope_, in_range);
    if (along(point_, {&part, 1}).verdict == Verdict::kPassed) return;
    const int64_t before = count();
    if (end - begin > 1) {
      const int64_t middle = begin + (end - begin) / 2;
      find(begin, middle);
      find(middle, end);
    }
    if (count() > before) return;
    Line line = line_of(point_, {&part, 1});
    const Roughness found = roughness(line);
    if (found == Roughness::kSmooth) return;
    for (int64_t i = begin; i < end; ++i) {
      jumps_ += found == Roughness::kJump && in_range(i) ? 1 : 0;
      rough_[static_cast<size_t>(i)] = true;
    }
  }

  const SlopePoint& point_;
  const Slope& slope_;
  std::vector<bool> rough_;
  int lines_ = 0;
  int64_t jumps_ = 0;
};

}  // namespace

TensorVerdict along(const SlopePoint& point, std::span<const Slope> slopes) {
  TensorVerdict verdict;
  verdict.name = slopes.front().movement.name;
  verdict.kind = point.order == 1 ? "gradient" : "second_order";
  const Sum ours(slopes);
  Line line = line_of(point, slopes);
  std::optional<Estimate> best;
  bool good = false;
  for (const Step& step : kSteps) {
    const Estimate next = step.estimate(line, step.h);
    good = std::isfinite(ours.value) && agrees(next, step, ours.value, ours.size);
    const double error = std::fabs(next.slope - ours.value);
    if (good || !best || !(std::fabs(best->slope - ours.value) <= error)) best = next;
    if (good) break;
  }
  verdict.left = ours.value;
  verdict.right = best->slope;
  verdict.max_abs = std::fabs(ours.value - best->slope);
  verdict.max_rel = verdict.max_abs / std::max(std::fabs(best->slope), 1e-300);
  verdict.needed_rtol = verdict.max_abs / std::max({std::fabs(best->slope), ours.size, 1e-300});
  verdict.ulp = ulp_distance(ours.value, best->slope, DataType::kDouble);
  const double larger = std::max(std::fabs(ours.value), std::fabs(best->slope));
  verdict.noise = good && larger <= 10 * best->rounding;
  if (good) return verdict;
  verdict.verdict = Verdict::kFailed;
  verdict.reason = "the slope along a random direction differs from central differences";
  return verdict;
}

TensorVerdict check_slope(const SlopePoint& point, const Slope& slope) {
  TensorVerdict whole = along(point, {&slope, 1});
  if (whole.verdict == Verdict::kPassed) return whole;
  Line line = line_of(point, {&slope, 1});
  if (!point.singular && roughness(line) == Roughness::kSmooth) return whole;
  const RoughElements rough(point, slope);
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
    const Slope smooth = rough.smooth_part();
    verdict = along(point, {&smooth, 1});
    if (verdict.verdict == Verdict::kPassed) {
      verdict.reason = "without " + std::to_string(rough.count()) + " of " +
                       std::to_string(element_count(slope.gradient)) + " elements that lie on " +
                       place;
    }
  }
  return verdict;
}

bool is_finite(const Datum& datum) {
  return std::ranges::all_of(leaves("", datum), [](const Leaf& leaf) {
    if (!is_floating_point(leaf.tensor.type())) return true;
    for (int64_t i = 0; i < leaf.tensor.element_count(); ++i) {
      if (!std::isfinite(element_as_double(leaf.tensor, i))) return false;
    }
    return true;
  });
}

}  // namespace twingrad
