#include "parity/verdict.h"

#include <bit>
#include <cmath>
#include <limits>
#include <sstream>

#include "ir/error.h"

namespace twingrad {
namespace {

template <typename Float, typename Int>
int64_t ordered(Float value) {
  const Int bits = std::bit_cast<Int>(value);
  return bits < 0 ? static_cast<int64_t>(std::numeric_limits<Int>::min()) - bits
                  : static_cast<int64_t>(bits);
}

std::vector<int64_t> unravelled(int64_t offset, const Shape& shape) {
  std::vector<int64_t> index(static_cast<size_t>(shape.rank()));
  for (int64_t axis = shape.rank(); axis-- > 0;) {
    index[static_cast<size_t>(axis)] = offset % shape[axis];
    offset /= shape[axis];
  }
  return index;
}

bool all_zero(const Tensor& tensor) {
  for (int64_t i = 0; i < tensor.element_count(); ++i) {
    if (element_as_double(tensor, i) != 0) return false;
  }
  return true;
}

void fail_with(TensorVerdict& verdict, std::string reason) {
  verdict.verdict = Verdict::kFailed;
  if (verdict.reason.empty()) verdict.reason = std::move(reason);
}

// Whether two numbers differ in a way that no tolerance measures.
bool incomparable(double a, double b, bool nan_equal) {
  if (std::isnan(a) || std::isnan(b)) return !(nan_equal && std::isnan(a) && std::isnan(b));
  return (std::isinf(a) || std::isinf(b)) && a != b;
}

std::string text_of(double value) {
  std::ostringstream text;
  text.precision(9);
  text << value;
  return text.str();
}

// Three digits, not below the value: what is printed as sufficient is.
std::string rounded_up(double value) {
  const double unit = std::pow(10, std::floor(std::log10(value)) - 2);
  std::ostringstream text;
  text.precision(3);
  text << std::ceil(value / unit * (1 - 1e-12)) * unit;
  return text.str();
}

std::string sufficient(double needed_rtol) {
  if (!(needed_rtol > 0) || std::isinf(needed_rtol)) return {};
  return ", a relative tolerance of " + rounded_up(needed_rtol) +
         " of the largest element would pass";
}

struct Differences {
  double squared = 0;
  double squared_right = 0;
  double worst_excess = 0;  // difference over what is allowed
  int64_t worst = -1;
};

void take_element(TensorVerdict& verdict, const Tensor& left, const Tensor& right, int64_t i) {
  verdict.left = element_as_double(left, i);
  verdict.right = element_as_double(right, i);
  verdict.index = unravelled(i, right.shape());
  verdict.ulp = ulp_distance(verdict.left, verdict.right, right.type());
}

Differences measure(TensorVerdict& verdict, const Tensor& left, const Tensor& right,
                    const Tolerance& tolerance) {
  Differences sums;
  const double scale = largest_magnitude(right);
  verdict.magnitude = scale;
  for (int64_t i = 0; i < right.element_count(); ++i) {
    const double a = element_as_double(left, i);
    const double b = element_as_double(right, i);
    if (incomparable(a, b, tolerance.nan_equal)) {
      take_element(verdict, left, right, i);
      fail_with(verdict, "is " + text_of(a) + " where " + text_of(b) + " is expected");
      return sums;
    }
    if (std::isnan(a) || std::isinf(a)) continue;
    const double difference = std::fabs(a - b);
    sums.squared += difference * difference;
    sums.squared_right += b * b;
    const double allowed =
        tolerance.rtol * std::fabs(b) + tolerance.scaled * scale + tolerance.absolute;
    const double excess = difference == 0 ? 0 : difference / std::max(allowed, 1e-300);
    if (sums.worst < 0 || excess > sums.worst_excess) {
      sums.worst = i;
      sums.worst_excess = excess;
    }
    verdict.max_abs = std::max(verdict.max_abs, difference);
    if (difference > 0) {
      const double relative = difference / std::max(std::fabs(b), 1e-300);
      verdict.max_rel = std::max(verdict.max_rel, relative);
    }
  }
  verdict.needed_rtol = scale > 0 ? verdict.max_abs / scale : verdict.max_rel;
  return sums;
}

// Of a single element that is no wonder.
bool is_constant(const Tensor& tensor) {
  for (int64_t i = 1; i < tensor.element_count(); ++i) {
    if (element_as_double(tensor, i) != element_as_double(tensor, 0)) return false;
  }
  return tensor.element_count() > 1;
}

TensorVerdict compare_strings(TensorVerdict verdict, const Tensor& left, const Tensor& right) {
  for (int64_t i = 0; i < right.element_count(); ++i) {
    const auto at = static_cast<size_t>(i);
    if (left.strings()[at] == right.strings()[at]) continue;
    verdict.index = unravelled(i, right.shape());
    fail_with(verdict, "is " + quoted_name(left.strings()[at]) + " where " +
                           quoted_name(right.strings()[at]) + " is expected");
    break;
  }
  return verdict;
}

}  // namespace

std::string_view verdict_name(Verdict verdict) {
  if (verdict == Verdict::kPassed) return "passed";
  return verdict == Verdict::kFailed ? "failed" : "incomplete";
}

Verdict worse(Verdict a, Verdict b) {
  return a < b ? b : a;
}

int64_t ulp_distance(double a, double b, DataType type) {
  if (a == b) return 0;
  if (std::isnan(a) || std::isnan(b)) return std::numeric_limits<int64_t>::max();
  const int64_t x = type == DataType::kDouble ? ordered<double, int64_t>(a)
                                              : ordered<float, int32_t>(static_cast<float>(a));
  const int64_t y = type == DataType::kDouble ? ordered<double, int64_t>(b)
                                              : ordered<float, int32_t>(static_cast<float>(b));
  const auto distance = static_cast<uint64_t>(x > y ? x : y) - static_cast<uint64_t>(x > y ? y : x);
  return static_cast<int64_t>(
      std::min(distance, static_cast<uint64_t>(std::numeric_limits<int64_t>::max())));
}

double largest_magnitude(const Tensor& tensor) {
  double largest = 0;
  for (int64_t i = 0; i < tensor.element_count(); ++i) {
    const double value = std::fabs(element_as_double(tensor, i));
    if (std::isfinite(value)) largest = std::max(largest, value);
  }
  return largest;
}

TensorVerdict compare(const std::string& name, const std::string& kind, const Tensor& left,
                      const Tensor& right, const Tolerance& tolerance) {
  TensorVerdict verdict;
  verdict.name = name;
  verdict.kind = kind;
  if (left.shape() != right.shape() || left.type() != right.type()) {
    fail_with(verdict, join_text("is ", data_type_name(left.type()), left.shape(), ", expected ",
                                 data_type_name(right.type()), right.shape()));
    return verdict;
  }
  if (right.type() == DataType::kString) return compare_strings(std::move(verdict), left, right);
  const Differences sums = measure(verdict, left, right, tolerance);
  if (verdict.verdict == Verdict::kFailed) return verdict;
  if (sums.worst >= 0) take_element(verdict, left, right, sums.worst);
  verdict.constant = is_floating_point(right.type()) && is_constant(right);
  const bool left_zero = all_zero(left);
  const bool right_zero = all_zero(right);
  if (right_zero && left_zero && right.element_count() > 0 && is_floating_point(right.type())) {
    verdict.reason = "all zero on both sides";
    verdict.all_zero = true;
  } else if (left_zero && !right_zero && tolerance.absolute < largest_magnitude(right)) {
    fail_with(verdict, "is all zero, the expected values are not: no tolerance would pass");
  }
  if (sums.worst_excess > 1) {
    fail_with(verdict, "differs by " + text_of(std::fabs(verdict.left - verdict.right)) +
                           sufficient(verdict.needed_rtol));
  }
  const double norm = std::sqrt(sums.squared_right);
  if (tolerance.l2 && std::sqrt(sums.squared) > *tolerance.l2 * norm + tolerance.absolute) {
    fail_with(verdict, "the norm of the difference is " +
                           text_of(std::sqrt(sums.squared) / std::max(norm, 1e-300)) +
                           " of the expected norm" + sufficient(verdict.needed_rtol));
  }
  return verdict;
}

}  // namespace twingrad
