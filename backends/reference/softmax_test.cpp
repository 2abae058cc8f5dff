#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "backends/reference/evaluate.h"

namespace twingrad {
namespace {

using Numbers = std::vector<double>;

TEST(ReferenceSoftmax, DoesNotOverflow) {
  const Tensor x = Tensor::of<double>({2, 2}, {1000, 1000, -1000, -1000 + std::log(3)});
  const Numbers y = numbers(compute("Softmax", {x}));
  EXPECT_EQ(y[0], 0.5);
  EXPECT_NEAR(y[2], 0.25, 1e-12);
  const Numbers z = numbers(compute("LogSoftmax", {x}));
  EXPECT_DOUBLE_EQ(z[0], -std::log(2));
  EXPECT_NEAR(z[3], std::log(0.75), 1e-12);
}

TEST(ReferenceSoftmax, WorksAlongAnyAxis) {
  const Tensor x = Tensor::of<double>({2, 2}, {0, std::log(4), std::log(3), 0});
  const Numbers y = numbers(compute("Softmax", {x}, {{"axis", int64_t{0}}}));
  EXPECT_NEAR(y[0], 0.25, 1e-15);
  EXPECT_NEAR(y[1], 0.8, 1e-15);
  EXPECT_NEAR(y[2], 0.75, 1e-15);
  EXPECT_EQ(numbers(compute("Hardmax", {x})), (Numbers{0, 1, 1, 0}));
}

// Log-probabilities -1, -2, -4 and so on: a mistaken element shows.
const Tensor kLogs = Tensor::of<double>({2, 3}, {-1, -2, -4, -8, -16, -32});

Numbers loss(std::vector<int64_t> labels, const Tensor& weights, Attributes attributes) {
  const Tensor targets = Tensor::of<int64_t>({2}, std::span<const int64_t>(labels));
  return numbers(compute("NegativeLogLikelihoodLoss", {kLogs, targets, weights}, attributes));
}

TEST(ReferenceLoss, PicksTheLabelsProbability) {
  EXPECT_EQ(loss({2, 0}, {}, {{"reduction", std::string("none")}}), (Numbers{4, 8}));
  EXPECT_EQ(loss({2, 0}, {}, {{"reduction", std::string("sum")}}), (Numbers{12}));
  EXPECT_EQ(loss({2, 0}, {}, {}), (Numbers{6}));
  EXPECT_THROW(loss({3, 0}, {}, {}), Error);
}

TEST(ReferenceLoss, DividesByTheWeightsThatCount) {
  const Tensor weights = Tensor::of<double>({3}, {1, 10, 3});
  EXPECT_EQ(loss({2, 0}, weights, {}), (Numbers{5}));  // (3 * 4 + 1 * 8) / (3 + 1)
  const Attributes ignoring{{"ignore_index", int64_t{-7}}};
  EXPECT_EQ(loss({2, -7}, weights, ignoring), (Numbers{4}));
  EXPECT_EQ(loss({-7, 1}, {}, ignoring), (Numbers{16}));
  EXPECT_TRUE(std::isnan(loss({-7, -7}, {}, ignoring)[0]));
}

TEST(ReferenceLoss, DoesNotLetAnIgnoredInfinityThrough) {
  const double infinity = std::numeric_limits<double>::infinity();
  const Tensor logs = Tensor::of<double>({1, 2, 2}, {-infinity, -3, -1, -5});
  const Tensor labels = Tensor::of<int64_t>({1, 2}, {0, 1});
  EXPECT_EQ(
      numbers(compute("NegativeLogLikelihoodLoss", {logs, labels}, {{"ignore_index", int64_t{0}}})),
      (Numbers{5}));
}

TEST(ReferenceLoss, GivesCrossEntropyAndItsLogarithms) {
  const Tensor scores = Tensor::of<double>({1, 2}, {0, std::log(3)});
  const auto both = evaluate({.op = "SoftmaxCrossEntropyLoss",
                              .inputs = {scores, Tensor::of<int32_t>({1}, {1})},
                              .output_count = 2});
  EXPECT_NEAR(numbers(both[0])[0], -std::log(0.75), 1e-15);
  EXPECT_NEAR(numbers(both[1])[0], std::log(0.25), 1e-15);
}

}  // namespace
}  // namespace twingrad
