#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "backends/reference/evaluate.h"

namespace twingrad {
namespace {

using Numbers = std::vector<double>;

Tensor doubles(std::initializer_list<double> values) {
  return Tensor::of<double>({static_cast<int64_t>(values.size())}, values);
}

void expect_near(const Tensor& actual, const Numbers& expected) {
  const Numbers values = numbers(actual);
  ASSERT_EQ(values.size(), expected.size());
  for (size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(values[i], expected[i], 1e-7) << i;
}

TEST(ReferenceClip, TakesAnyOfTheBounds) {
  const Tensor x = Tensor::of<int8_t>({3}, {-5, 0, 5});
  const Tensor low = Tensor::scalar<int8_t>(-2);
  const Tensor high = Tensor::of<int8_t>({1}, {3});
  EXPECT_EQ(numbers(compute("Clip", {x, low, high})), (Numbers{-2, 0, 3}));
  EXPECT_EQ(numbers(compute("Clip", {x, low})), (Numbers{-2, 0, 5}));
  EXPECT_EQ(numbers(compute("Clip", {x, {}, high})), (Numbers{-5, 0, 3}));
  EXPECT_EQ(numbers(compute("Clip", {x})), (Numbers{-5, 0, 5}));
  EXPECT_THROW(compute("Clip", {x, x}), Error);
}

TEST(ReferenceClip, KeepsNanAndLetsTheUpperOfCrossedBoundsWin) {
  const Tensor x = doubles({std::numeric_limits<double>::quiet_NaN(), 0});
  const Tensor y = compute("Clip", {x, Tensor::scalar(1.0), Tensor::scalar(-1.0)});
  EXPECT_TRUE(std::isnan(numbers(y)[0]));
  EXPECT_EQ(numbers(y)[1], -1);
  const Tensor scalar = compute("Clip", {Tensor::scalar(7.0), Tensor::scalar(1.0), doubles({2})});
  EXPECT_EQ(scalar.shape(), Shape{});
  EXPECT_EQ(numbers(scalar), (Numbers{2}));
}

TEST(ReferenceActivation, FollowsTheFormulas) {
  const Tensor x = doubles({-4, -1, 0, 0.5, 3});
  const double e = std::exp(-1);
  expect_near(compute("Elu", {x}, {{"alpha", 2.0F}}),
              {2 * (std::exp(-4) - 1), 2 * (e - 1), 0, 0.5, 3});
  expect_near(compute("Celu", {x}, {{"alpha", 2.0F}}),
              {2 * (std::exp(-2) - 1), 2 * (std::exp(-0.5) - 1), 0, 0.5, 3});
  expect_near(compute("Selu", {x}, {{"alpha", 2.0F}, {"gamma", 3.0F}}),
              {6 * (std::exp(-4) - 1), 6 * (e - 1), 0, 1.5, 9});
  expect_near(compute("HardSigmoid", {x}), {0, 0.3, 0.5, 0.6, 1});
  expect_near(compute("HardSwish", {x}), {0, -1.0 / 3, 0, 0.5 * 3.5 / 6, 3});
  expect_near(compute("ThresholdedRelu", {x}, {{"alpha", 0.5F}}), {0, 0, 0, 0, 3});
  expect_near(compute("Softsign", {x}), {-0.8, -0.5, 0, 1.0 / 3, 0.75});
  expect_near(compute("Shrink", {x}, {{"bias", 1.5F}, {"lambd", 0.5F}}), {-2.5, 0.5, 0, 0, 1.5});
  expect_near(compute("PRelu", {x, doubles({0.25})}), {-1, -0.25, 0, 0.5, 3});
  expect_near(compute("Round", {doubles({-1.5, -0.5, 0.5, 1.5, 2.4})}), {-2, 0, 0, 2, 2});
  const double half = 0.5;
  expect_near(compute("Gelu", {doubles({half})}), {half * (1 + std::erf(half / std::sqrt(2))) / 2});
  expect_near(compute("Mish", {doubles({half})}), {half * std::tanh(std::log1p(std::exp(half)))});
  expect_near(compute("Swish", {doubles({half})}, {{"alpha", 2.0F}}), {half / (1 + std::exp(-1))});
}

}  // namespace
}  // namespace twingrad
