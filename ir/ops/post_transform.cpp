#include "ir/ops/post_transform.h"

#include <algorithm>
#include <array>
#include <numbers>

#include "ir/error.h"

namespace twingrad {
namespace {

Expr softmax_zero(Expr scores) {
  const Expr last = scores.integers(std::array<int64_t, 1>{-1});
  const Expr largest = scores.apply("ReduceMax", {last});
  const Expr counts = scores.apply("Abs") > scores.like(1e-7);
  const Expr grown = exp(scores - largest);
  const Expr sum = where(counts, grown, grown.like(0)).apply("ReduceSum", {last});
  const Expr divisor = where(equal(sum, sum.like(0)), sum.like(1), sum);
  return where(counts, grown, scores * exp(-largest)) / divisor;
}

// The quantile of the normal distribution by Winitzki's approximation of the inverse error function
// (2008), which onnxruntime and ONNX's reference share: sqrt(2) * erfinv(2 x - 1).
Expr probit(Expr share) {
  constexpr double kA = 0.147;
  const Expr x = share * 2 - 1;
  const Expr logarithm = log((1 - x) * (x + 1));
  const Expr half = logarithm * 0.5 + 2 / (std::numbers::pi * kA);
  const Expr root = sqrt(sqrt(half * half - logarithm / kA) - half);
  return x.apply("Sign") * root * std::numbers::sqrt2;
}

}  // namespace

std::string post_transform_of(const Attributes& attributes) {
  static constexpr std::array<std::string_view, 5> kNames = {"NONE", "LOGISTIC", "SOFTMAX",
                                                             "SOFTMAX_ZERO", "PROBIT"};
  const std::string& name = attributes.text("post_transform");
  check(
      std::ranges::find(kNames, name) != kNames.end(),
      "attribute 'post_transform' must be NONE, LOGISTIC, SOFTMAX, SOFTMAX_ZERO or PROBIT, found ",
      quoted_name(name));
  return name;
}

Expr post_transformed(Expr scores, const std::string& name) {
  if (name == "LOGISTIC") return scores.apply("Sigmoid");
  if (name == "SOFTMAX") return scores.apply("Softmax", {}, {{"axis", int64_t{-1}}});
  if (name == "SOFTMAX_ZERO") return softmax_zero(scores);
  return name == "PROBIT" ? probit(scores) : scores;
}

Expr scores_of_two(Expr score, const std::string& name, bool is_share) {
  std::array<Expr, 2> both = {-score, score};
  if (name == "LOGISTIC") {
    for (Expr& part : both) part = part.apply("Sigmoid");
  } else if (is_share) {
    both[0] = 1 - score;
  }
  return concat(both, 1);
}

Tensor class_labels(const Attributes& attributes, const std::string& integers) {
  if (attributes.has("classlabels_strings")) {
    const auto& names = attributes.get<std::vector<std::string>>("classlabels_strings");
    if (!names.empty()) return Tensor::of_strings({static_cast<int64_t>(names.size())}, names);
  }
  const auto numbers = attributes.integers_or(integers, {});
  check(!numbers.empty(), "needs 'classlabels_strings' or ", quoted_name(integers));
  return Tensor::of<int64_t>({static_cast<int64_t>(numbers.size())}, std::span(numbers));
}

}  // namespace twingrad
