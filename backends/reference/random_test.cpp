#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "backends/reference/evaluate.h"

namespace twingrad {
namespace {

using Numbers = std::vector<double>;

Application dropout(int64_t count, double ratio, bool training) {
  return {.op = "Dropout",
          .inputs = {Tensor::filled(DataType::kFloat, {count}, 3), Tensor::scalar(ratio),
                     Tensor::scalar(training)},
          .output_count = 2};
}

double mean(const Numbers& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

TEST(ReferenceDropout, KeepsEverythingInInference) {
  for (const Application& application : {dropout(100, 0.5, false), dropout(100, 0, true)}) {
    const auto outputs = evaluate(application);
    EXPECT_TRUE(identical(outputs[0], application.inputs[0]));
    EXPECT_EQ(mean(numbers(outputs[1])), 1);
  }
}

TEST(ReferenceDropout, ScalesWhatItKeeps) {
  const auto outputs = evaluate(dropout(100000, 0.25, true));
  const Numbers y = numbers(outputs[0]);
  const Numbers mask = numbers(outputs[1]);
  for (size_t i = 0; i < y.size(); ++i) ASSERT_EQ(y[i], mask[i] != 0 ? 4 : 0);
  EXPECT_NEAR(mean(mask), 0.75, 0.005);
}

TEST(ReferenceDropout, DrawsTheSameInOneRunAndAnewInTheNext) {
  Application application = dropout(1000, 0.5, true);
  const Tensor first = evaluate(application)[1];
  EXPECT_TRUE(identical(evaluate(application)[1], first));
  application.seed = 2;
  EXPECT_FALSE(identical(evaluate(application)[1], first));
  application.seed = 1;
  application.attributes = {{"seed", int64_t{0}}};
  EXPECT_FALSE(identical(evaluate(application)[1], first));
}

TEST(ReferenceDropout, GivesEveryNodeItsOwnStream) {
  Graph graph;
  ThreadPool pool(1);
  Eager eager(graph, {&reference_backend(), &pool, nullptr, 1});
  const ValueId x = eager.constant(Tensor::filled(DataType::kFloat, {1000}, 1));
  const ValueId training = eager.constant(Tensor::scalar(true));
  const ValueId a = eager.emit_one("Dropout", {x, kNoValue, training});
  const ValueId b = eager.emit_one("Dropout", {x, kNoValue, training});
  EXPECT_FALSE(identical(eager.tensor(a), eager.tensor(b)));
}

TEST(ReferenceDropout, TakesEightBitFloats) {
  const Tensor x = Tensor::filled(DataType::kFloat8E4M3FN, {64}, 3);
  const auto outputs = evaluate(
      {.op = "Dropout",
       .inputs = {x, Tensor::filled(DataType::kFloat8E5M2, {}, 0.25), Tensor::scalar(true)},
       .output_count = 2});
  const Numbers y = numbers(outputs[0]);
  const Numbers mask = numbers(outputs[1]);
  for (size_t i = 0; i < y.size(); ++i) EXPECT_EQ(y[i], mask[i] != 0 ? 4 : 0);
  EXPECT_TRUE(identical(evaluate({.op = "Dropout", .inputs = {x}})[0], x));
}

TEST(ReferenceDropout, RefusesARatioOfOne) {
  EXPECT_THROW(evaluate(dropout(10, 1, true)), Error);
  EXPECT_THROW(evaluate(dropout(10, -0.1, true)), Error);
}

TEST(ReferenceRandom, DrawsFromTheDistributionsThatAreNamed) {
  const std::vector<int64_t> shape = {40000};
  const Attributes normal{{"shape", shape}, {"mean", 5.0F}, {"scale", 2.0F}};
  const Numbers x =
      numbers(evaluate({.op = "RandomNormal", .inputs = {}, .attributes = normal})[0]);
  EXPECT_NEAR(mean(x), 5, 0.05);
  Numbers squares;
  for (const double value : x) squares.push_back((value - 5) * (value - 5));
  EXPECT_NEAR(mean(squares), 4, 0.1);
  const Attributes uniform{{"shape", shape}, {"low", -1.0F}, {"high", 3.0F}};
  const Numbers u =
      numbers(evaluate({.op = "RandomUniform", .inputs = {}, .attributes = uniform})[0]);
  EXPECT_NEAR(mean(u), 1, 0.03);
  EXPECT_GE(*std::ranges::min_element(u), -1);
  EXPECT_LT(*std::ranges::max_element(u), 3);
  const Tensor like = Tensor(DataType::kInt8, {3});
  const Tensor drawn = evaluate(
      {.op = "RandomNormalLike", .inputs = {like}, .attributes = {{"dtype", int64_t{11}}}})[0];
  EXPECT_EQ(drawn.type(), DataType::kDouble);
  EXPECT_EQ(drawn.shape(), (Shape{3}));
  const Tensor chances = Tensor::filled(DataType::kFloat, {40000}, 0.2);
  const Tensor flips =
      evaluate({.op = "Bernoulli", .inputs = {chances}, .attributes = {{"dtype", int64_t{9}}}})[0];
  EXPECT_EQ(flips.type(), DataType::kBool);
  EXPECT_NEAR(mean(numbers(flips)), 0.2, 0.01);
}

TEST(ReferenceMultinomial, DrawsClassesByTheirChances) {
  // Logarithms of 0, 1, 3 and 4, and of one class alone.
  const float never = -std::numeric_limits<float>::infinity();
  const Tensor x = Tensor::of<float>(
      {2, 4}, {never, 0, std::log(3.0F), std::log(4.0F), never, never, 500, never});
  const Attributes attributes{{"sample_size", int64_t{40000}}, {"dtype", int64_t{7}}};
  const Tensor drawn = evaluate({.op = "Multinomial", .inputs = {x}, .attributes = attributes})[0];
  ASSERT_EQ(drawn.shape(), (Shape{2, 40000}));
  ASSERT_EQ(drawn.type(), DataType::kInt64);
  const Numbers classes = numbers(drawn);
  const auto share = [&](double wanted) {
    return static_cast<double>(std::count(classes.begin(), classes.begin() + 40000, wanted)) /
           40000;
  };
  EXPECT_EQ(share(0), 0);
  EXPECT_NEAR(share(1), 0.125, 0.01);
  EXPECT_NEAR(share(2), 0.375, 0.01);
  EXPECT_NEAR(share(3), 0.5, 0.01);
  EXPECT_EQ(std::count(classes.begin() + 40000, classes.end(), 2), 40000);
}

TEST(ReferenceMultinomial, TakesNoRows) {
  const Tensor none = Tensor::zeros(DataType::kFloat, {0, int64_t{1} << 60});
  EXPECT_EQ(evaluate({.op = "Multinomial", .inputs = {none}})[0].shape(), (Shape{0, 1}));
}

TEST(ReferenceMultinomial, RefusesRowsWithoutChances) {
  const float never = -std::numeric_limits<float>::infinity();
  for (const float bad :
       {never, std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    const Tensor x = Tensor::of<float>({1, 2}, {never, bad});
    EXPECT_THROW(evaluate({.op = "Multinomial", .inputs = {x}}), Error) << bad;
  }
  EXPECT_THROW(evaluate({.op = "Multinomial", .inputs = {Tensor::scalar(1.0F)}}), Error);
  EXPECT_THROW(evaluate({.op = "Multinomial", .inputs = {Tensor::zeros(DataType::kFloat, {1, 0})}}),
               Error);
}

}  // namespace
}  // namespace twingrad
