#include <gtest/gtest.h>

#include <cmath>

#include "backends/reference/evaluate.h"

namespace twingrad {
namespace {

using Numbers = std::vector<double>;

Tensor doubles(Shape shape, std::initializer_list<double> values) {
  return Tensor::of<double>(std::move(shape), values);
}

void expect_near(const Tensor& actual, const Numbers& expected, double tolerance = 1e-6) {
  const Numbers values = numbers(actual);
  ASSERT_EQ(values.size(), expected.size());
  for (size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(values[i], expected[i], tolerance) << i;
}

TEST(ReferenceBatchNormalization, AppliesGivenStatistics) {
  const Tensor y =
      evaluate({.op = "BatchNormalization",
                .inputs = {doubles({1, 2, 2}, {1, 2, 3, 4}), doubles({2}, {2, 1}),
                           doubles({2}, {0, 10}), doubles({2}, {1, 3}), doubles({2}, {0.25, 4})},
                .attributes = {{"epsilon", 0.0F}}})[0];
  expect_near(y, {0, 4, 10, 10.5});
}

// The batch 1, 3, 5, 7 has mean 4 and variance 5 (dividing by 4, also for the running one).
TEST(ReferenceBatchNormalization, TrainsWithThePopulationVariance) {
  const Application training{
      .op = "BatchNormalization",
      .inputs = {doubles({2, 1, 2}, {1, 3, 5, 7}), doubles({1}, {1}), doubles({1}, {0}),
                 doubles({1}, {10}), doubles({1}, {1})},
      .attributes = {{"epsilon", 0.0F}, {"momentum", 0.75F}, {"training_mode", int64_t{1}}},
      .output_count = 3};
  const auto outputs = evaluate(training);
  const double s = std::sqrt(5);
  expect_near(outputs[0], {-3 / s, -1 / s, 1 / s, 3 / s});
  expect_near(outputs[1], {0.75 * 10 + 0.25 * 4});
  expect_near(outputs[2], {0.75 * 1 + 0.25 * 5});
}

TEST(ReferenceBatchNormalization, MixesElementTypes) {
  const Tensor x = Tensor::filled(DataType::kFloat16, {2, 1}, 3);
  const Tensor one = Tensor::of<float>({1}, {1});
  const Tensor y = evaluate({.op = "BatchNormalization", .inputs = {x, one, one, one, one}})[0];
  EXPECT_EQ(y.type(), DataType::kFloat16);
  expect_near(y, {3, 3}, 1e-3);
}

TEST(ReferenceBatchNormalization, AgreesWithItsExpansions) {
  const Tensor x = doubles({2, 2, 2}, {1, 4, 2, 8, 5, 7, 1, 3});
  const Tensor scale = doubles({2}, {2, -1});
  const Tensor bias = doubles({2}, {1, 3});
  const Application training{.op = "BatchNormalizationTraining",
                             .inputs = {x, scale, bias},
                             .output_count = 4,
                             .domain = kInternalDomain};
  const auto outputs = evaluate(training);
  const auto expanded = evaluate_expansion(training);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(outputs[i].shape(), expanded[i].shape());
    expect_near(outputs[i], numbers(expanded[i]), 1e-12);
  }
  const Application gradient{
      .op = "BatchNormalizationGradient",
      .inputs = {x, scale, outputs[1], outputs[3], doubles({2, 2, 2}, {1, 0, 2, 0, -3, 1, 1, 4})},
      .output_count = 3,
      .domain = kInternalDomain};
  const auto kernel = evaluate(gradient);
  const auto formula = evaluate_expansion(gradient);
  for (size_t i = 0; i < 3; ++i) expect_near(kernel[i], numbers(formula[i]), 1e-12);
  const Application inference{.op = "BatchNormalizationInference",
                              .inputs = {x, scale, bias, outputs[1], outputs[2]},
                              .domain = kInternalDomain};
  expect_near(evaluate(inference)[0], numbers(evaluate_expansion(inference)[0]), 1e-12);
  expect_near(evaluate(inference)[0], numbers(outputs[0]), 1e-12);
}

TEST(ReferenceNormalization, NormalizesInstancesLayersAndGroups) {
  const Tensor x = doubles({1, 2, 2}, {1, 3, 10, 30});
  const Tensor scale = doubles({2}, {1, 2});
  const Tensor bias = doubles({2}, {0, 5});
  const Attributes exact{{"epsilon", 0.0F}};
  expect_near(
      evaluate({.op = "InstanceNormalization", .inputs = {x, scale, bias}, .attributes = exact})[0],
      {-1, 1, 3, 7});
  const auto layer = evaluate({.op = "LayerNormalization",
                               .inputs = {x, scale, bias},
                               .attributes = exact,
                               .output_count = 3});
  expect_near(layer[0], {-1, 7, -1, 7});
  EXPECT_EQ(layer[1].type(), DataType::kFloat);
  EXPECT_EQ(layer[1].shape(), (Shape{1, 2, 1}));
  expect_near(layer[1], {2, 20});
  expect_near(layer[2], {1, 0.1});
  Attributes grouped = exact;
  grouped.set("num_groups", int64_t{2});
  expect_near(
      evaluate({.op = "GroupNormalization", .inputs = {x, scale, bias}, .attributes = grouped})[0],
      {-1, 1, 3, 7});
  const double rms = std::sqrt(5);
  expect_near(evaluate({.op = "RMSNormalization", .inputs = {x, scale}, .attributes = exact})[0],
              {1 / rms, 6 / rms, 1 / rms, 6 / rms});
}

}  // namespace
}  // namespace twingrad
