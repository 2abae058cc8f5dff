#include "parity/verdict.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <sstream>

#include "ir/error.h"
#include "parity/element_statistics.h"

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

void fail_with(TensorVerdict& verdict, std::string reason) {
  verdict.verdict = Verdict::kFailed;
  if (verdict.reason.empty()) verdict.reason = std::move(reason);
}

std::string text_of(double value) {
  std::ostringstream text;
  text.precision(9);
  text << value;
  return text.str();
}

// Three digits, not below the value: what is printed as sufficient is.
std::string three_digits_up(double value) {
  const double unit = std::pow(10, std::floor(std::log10(value)) - 2);
  std::ostringstream text;
  text.precision(3);
  text << std::ceil(value / unit * (1 - 1e-12)) * unit;
  return text.str();
}

std::string sufficient(double needed_rtol) {
  if (!(needed_rtol > 0) || std::isinf(needed_rtol)) return {};
  return ", a relative tolerance of " + three_digits_up(needed_rtol) +
         " of the largest element would pass";
}

void take_element(TensorVerdict& verdict, const Tensor& left, const Tensor& right, int64_t i) {
  verdict.left = element_as_double(left, i);
  verdict.right = element_as_double(right, i);
  verdict.index = unravelled(i, right.shape());
  verdict.ulp = ulp_distance(verdict.left, verdict.right, right.type());
}

// Ends at the first pair that cannot be compared, which fails.
PairStatistics measure(TensorVerdict& verdict, const Tensor& left, const Tensor& right,
                       const Tolerance& tolerance) {
  const PairStatistics pairs = pair_statistics(left, right, tolerance, verdict.magnitude);
  verdict.max_abs = pairs.max_abs;
  verdict.max_rel = pairs.max_rel;
  if (pairs.incomparable >= 0) {
    take_element(verdict, left, right, pairs.incomparable);
    fail_with(verdict,
              "is " + text_of(verdict.left) + " where " + text_of(verdict.right) + " is expected");
    return pairs;
  }
  verdict.needed_rtol =
      verdict.magnitude > 0 ? verdict.max_abs / verdict.magnitude : verdict.max_rel;
  return pairs;
}

// All zero, or all one number, which of a single element is no wonder.
void note_weakness(TensorVerdict& verdict, const Tensor& left, const Tensor& right,
                   const ElementStatistics& expected, bool same, const Tolerance& tolerance) {
  const bool floating = is_floating_point(right.type());
  verdict.constant = floating && expected.all_equal && right.element_count() > 1;
  const bool left_zero = same ? expected.all_zero : is_all_zero(left);
  if (expected.all_zero && left_zero && right.element_count() > 0 && floating) {
    verdict.reason = "all zero on both sides";
    verdict.all_zero = true;
  } else if (left_zero && !expected.all_zero && tolerance.absolute < expected.largest) {
    fail_with(verdict, "is all zero, the expected values are not: no tolerance would pass");
  }
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
  const ElementStatistics expected = element_statistics(right);
  const bool same = expected.finite && identical(left, right);
  verdict.magnitude = expected.largest;
  PairStatistics sums;
  if (!same) sums = measure(verdict, left, right, tolerance);
  if (verdict.verdict == Verdict::kFailed) return verdict;
  if (same && right.element_count() > 0) sums.worst = 0;
  if (sums.worst >= 0) take_element(verdict, left, right, sums.worst);
  note_weakness(verdict, left, right, expected, same, tolerance);
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
