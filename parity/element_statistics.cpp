#include "parity/element_statistics.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "ir/element_numbers.h"

namespace twingrad {
namespace {

// A stretch of elements as doubles, one after the other through the same small storage.
class Stretch {
 public:
  explicit Stretch(const Tensor& tensor) : tensor_(tensor) {}

  static constexpr int64_t kSize = 512;
  std::span<const double> from(int64_t first) {
    const int64_t count = std::min(kSize, tensor_.element_count() - first);
    const std::span<double> part(numbers_.data(), static_cast<size_t>(count));
    elements_as_doubles(tensor_, first, part);
    return part;
  }

 private:
  const Tensor& tensor_;
  std::array<double, kSize> numbers_{};
};

// Calls f(index, left, right) until it returns false.
template <typename F>
void for_each_pair(const Tensor& left, const Tensor& right, F f) {
  Stretch lefts(left);
  Stretch rights(right);
  for (int64_t first = 0; first < right.element_count(); first += Stretch::kSize) {
    const std::span<const double> ours = lefts.from(first);
    const std::span<const double> theirs = rights.from(first);
    for (size_t i = 0; i < theirs.size(); ++i) {
      if (!f(first + static_cast<int64_t>(i), ours[i], theirs[i])) return;
    }
  }
}

bool is_finite(double value) {
  return std::fabs(value) <= std::numeric_limits<double>::max();
}

// Whether two numbers, not both finite, differ in a way that no tolerance measures.
bool incomparable(double a, double b, bool nan_equal) {
  if (std::isnan(a) || std::isnan(b)) return !(nan_equal && std::isnan(a) && std::isnan(b));
  return a != b;
}

// Of finite floats by their bits, which a processor compares many at once: without the sign they
// are in the order of the magnitudes. nullopt: one is not finite, or all are zeros of either sign.
template <typename Float, typename Int>
std::optional<ElementStatistics> statistics_by_bits(std::span<const Float> values) {
  constexpr Int kMagnitude = std::numeric_limits<Int>::max();
  if (values.empty()) return std::nullopt;
  const Int first = std::bit_cast<Int>(values.front());
  Int largest = 0;
  Int differing = 0;
  for (const Float value : values) {
    const Int bits = std::bit_cast<Int>(value);
    largest = std::max(largest, bits & kMagnitude);
    differing |= bits ^ first;
  }
  const Float magnitude = std::bit_cast<Float>(largest);
  if (!is_finite(static_cast<double>(magnitude)) || magnitude == 0) return std::nullopt;
  return ElementStatistics{static_cast<double>(magnitude), true, false, differing == 0};
}

std::optional<ElementStatistics> statistics_by_bits(const Tensor& tensor) {
  if (tensor.type() == DataType::kFloat) {
    return statistics_by_bits<float, int32_t>(tensor.values<float>());
  }
  if (tensor.type() == DataType::kDouble) {
    return statistics_by_bits<double, int64_t>(tensor.values<double>());
  }
  return std::nullopt;
}

}  // namespace

ElementStatistics element_statistics(const Tensor& tensor) {
  if (const auto found = statistics_by_bits(tensor)) return *found;
  ElementStatistics result;
  Stretch stretch(tensor);
  const double first_element = tensor.element_count() > 0 ? element_as_double(tensor, 0) : 0;
  for (int64_t first = 0; first < tensor.element_count(); first += Stretch::kSize) {
    for (const double value : stretch.from(first)) {
      const double magnitude = std::fabs(value);
      const bool finite = is_finite(value);
      result.largest = finite && magnitude > result.largest ? magnitude : result.largest;
      result.finite &= finite;
      result.all_zero &= value == 0;
      result.all_equal &= value == first_element;
    }
  }
  return result;
}

double largest_magnitude(const Tensor& tensor) {
  return element_statistics(tensor).largest;
}

bool is_all_zero(const Tensor& tensor) {
  Stretch stretch(tensor);
  for (int64_t first = 0; first < tensor.element_count(); first += Stretch::kSize) {
    for (const double value : stretch.from(first)) {
      if (value != 0) return false;
    }
  }
  return true;
}

PairStatistics pair_statistics(const Tensor& left, const Tensor& right, const Tolerance& tolerance,
                               double scale) {
  PairStatistics result;
  const double fixed = tolerance.scaled * scale + tolerance.absolute;
  for_each_pair(left, right, [&](int64_t i, double a, double b) {
    if (!is_finite(a) || !is_finite(b)) {
      const bool ends = incomparable(a, b, tolerance.nan_equal);
      if (ends) result.incomparable = i;
      return !ends;
    }
    const double difference = std::fabs(a - b);
    const double size = std::fabs(b);
    result.squared += difference * difference;
    result.squared_right += b * b;
    result.max_abs = difference > result.max_abs ? difference : result.max_abs;
    // Divisions are slow: only where the quotient will be larger than any before.
    const double allowed = std::max(tolerance.rtol * size + fixed, 1e-300);
    if (result.worst < 0 || difference > result.worst_excess * allowed) {
      result.worst = i;
      result.worst_excess = difference / allowed;
    }
    const double divisor = std::max(size, 1e-300);
    if (difference > result.max_rel * divisor) result.max_rel = difference / divisor;
    return true;
  });
  return result;
}

double largest_difference(const Tensor& left, const Tensor& right) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (left.shape() != right.shape()) return kInfinity;
  double largest = 0;
  for_each_pair(left, right, [&largest](int64_t, double a, double b) {
    if (a == b || (std::isnan(a) && std::isnan(b))) return true;
    const double apart = std::fabs(a - b);
    largest = std::isnan(apart) ? kInfinity : std::max(largest, apart);
    return true;
  });
  return largest;
}

}  // namespace twingrad
