#include "parity/line.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "ir/error.h"

namespace twingrad {
namespace {

// Calls `visit` with every pair of elements.
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

bool same_shapes(const Datum& a, const Datum& b) {
  return std::ranges::equal(leaves("", a), leaves("", b), [](const Leaf& left, const Leaf& right) {
    return left.tensor.shape() == right.tensor.shape();
  });
}

double inner_magnitude(const Datum& weight, const Datum& values) {
  double sum = 0;
  for_each_pair(weight, values, [&sum](double factor, double value) {
    if (factor != 0) sum += std::fabs(factor * value);
  });
  return sum;
}

Datum moved(const Datum& at, const Datum& direction, double step) {
  const std::vector<Leaf> directions = leaves("", direction);
  size_t next = 0;
  return transformed(at, [&](const Tensor& from) {
    const Tensor& along = directions[next++].tensor;
    Tensor to(DataType::kDouble, from.shape());
    for (int64_t i = 0; i < from.element_count(); ++i) {
      to.data<double>()[i] = from.data<double>()[i] + step * along.data<double>()[i];
    }
    return to;
  });
}

}  // namespace

double inner(const Datum& weight, const Datum& values) {
  double sum = 0;
  for_each_pair(weight, values, [&sum](double factor, double value) {
    if (factor != 0) sum += factor * value;
  });
  return sum;
}

Line::Line(const Runner& runner, const Question& question, int order,
           std::vector<Movement> movements)
    : runner_(runner), question_(question), order_(order), movements_(std::move(movements)) {
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

double Line::value(double step) {
  for (const auto& [name, at, direction] : movements_) {
    question_.inputs[name] = moved(at, direction, step);
  }
  Answer answer;
  try {
    answer = runner_.run(question_);
  } catch (const Error& error) {
    if (error.kind() == Error::Kind::kUnsupported) throw;
    return std::numeric_limits<double>::quiet_NaN();
  }
  double sum = 0;
  scale_ = 0;
  for (const auto& [name, weight] : weights_) {
    const Datum* values = nullptr;
    if (order_ == 1) {
      values = &answer.outputs.at(name);
    } else if (const auto& gradient = answer.gradients.at(name)) {
      values = &*gradient;
    }
    if (values == nullptr) continue;
    if (!same_shapes(weight, *values)) return std::numeric_limits<double>::quiet_NaN();
    sum += inner(weight, *values);
    scale_ += inner_magnitude(weight, *values);
  }
  return sum;
}

Roughness roughness(Line& line) {
  std::array<double, 2> bend{};
  std::array<double, 2> rise{};
  const double middle = line.value(0);
  for (size_t i = 0; i < 2; ++i) {
    const double h = i == 0 ? 1e-5 : 1e-6;
    const double up = line.value(h);
    const double down = line.value(-h);
    if (!std::isfinite(up) || !std::isfinite(down)) return Roughness::kInfinite;
    bend[i] = (up + down - 2 * middle) / h;
    rise[i] = up - down;
  }
  const double noise = 1e-14 * line.scale();
  const auto stays = [](const std::array<double, 2>& change, double floor) {
    return std::fabs(change[1]) > floor && std::fabs(change[1]) > 0.5 * std::fabs(change[0]);
  };
  if (stays(rise, noise)) return Roughness::kJump;
  return stays(bend, noise / 1e-6) ? Roughness::kKink : Roughness::kSmooth;
}

}  // namespace twingrad
