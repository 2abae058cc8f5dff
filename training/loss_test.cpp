#include "training/loss.h"

#include <gtest/gtest.h>

#include <cmath>

#include "autodiff/sweep.h"
#include "importers/expect_error.h"
#include "training/eager_for_tests.h"

namespace twingrad {
namespace {

LossSpec spec(const std::string& kind, const std::string& reduction = "mean") {
  return {.kind = kind, .prediction = "p", .target = "t", .reduction = reduction};
}

double value(const LossSpec& spec, const Tensor& prediction, const Tensor& target) {
  return numbers(evaluated({prediction, target}, [&](const std::vector<Expr>& x) {
    return std::vector<Expr>{loss(spec, x[0], x[1])};
  })[0])[0];
}

std::vector<double> gradient(const LossSpec& spec, const Tensor& prediction, const Tensor& target) {
  return numbers(evaluated({prediction, target}, [&](const std::vector<Expr>& x) {
    Builder& builder = x[0].builder();
    const Expr result = loss(spec, x[0], x[1]);
    const std::vector<Seed> seeds{{result.id(), result.like(1).id()}};
    const std::vector<ValueId> wrt{x[0].id()};
    return std::vector<Expr>{{builder, gradients(builder, seeds, wrt)[0]}};
  })[0]);
}

void expect_gradient_of_differences(const LossSpec& spec, const Tensor& prediction,
                                    const Tensor& target) {
  const std::vector<double> found = gradient(spec, prediction, target);
  ASSERT_EQ(found.size(), static_cast<size_t>(prediction.element_count()));
  constexpr double kStep = 1e-6;
  for (size_t i = 0; i < found.size(); ++i) {
    Tensor moved = prediction.clone();
    const double at = element_as_double(prediction, static_cast<int64_t>(i));
    set_element(moved, static_cast<int64_t>(i), at + kStep);
    const double above = value(spec, moved, target);
    set_element(moved, static_cast<int64_t>(i), at - kStep);
    const double below = value(spec, moved, target);
    EXPECT_NEAR(found[i], (above - below) / (2 * kStep), 1e-8) << spec.kind << " " << i;
  }
}

TEST(Loss, HasTheValuesOfItsFormulas) {
  const Tensor prediction = doubles({2, 2}, {1, -2, 0.5, 3});
  const Tensor target = doubles({2, 2}, {0, -2.5, 2.5, 3});
  EXPECT_DOUBLE_EQ(value(spec("mse"), prediction, target), (1 + 0.25 + 4 + 0) / 4);
  EXPECT_DOUBLE_EQ(value(spec("mse", "sum"), prediction, target), 5.25);
  EXPECT_DOUBLE_EQ(value(spec("mae"), prediction, target), (1 + 0.5 + 2 + 0) / 4);
  EXPECT_DOUBLE_EQ(value(spec("huber", "sum"), prediction, target), 0.5 + 0.125 + 1.5 + 0);
  LossSpec narrow = spec("huber", "sum");
  narrow.delta = 0.5;
  EXPECT_DOUBLE_EQ(value(narrow, prediction, target), 0.375 + 0.125 + 0.875 + 0);
}

TEST(Loss, OfClassesTakesThemFromAxisOne) {
  const Tensor logits = doubles({1, 3, 2}, {0, 1, 1, 0, 2, -1});
  const Tensor classes = Tensor::of<int64_t>({1, 2}, {2, 0});
  const double first = std::log(1 + std::exp(1) + std::exp(2)) - 2;
  const double second = std::log(std::exp(1) + 1 + std::exp(-1)) - 1;
  EXPECT_NEAR(value(spec("cross_entropy"), logits, classes), (first + second) / 2, 1e-15);
  EXPECT_NEAR(value(spec("cross_entropy", "sum"), logits, classes), first + second, 1e-15);
  EXPECT_DOUBLE_EQ(value(spec("nll", "sum"), logits, classes), -3);
}

TEST(Loss, GradientsAreThoseOfFiniteDifferences) {
  const Tensor prediction = doubles({2, 3}, {0.3, -1.2, 2.1, 0.9, -0.4, 1.7});
  const Tensor target = doubles({2, 3}, {0.1, 0.7, 0.2, 1, 0, 0.6});
  const Tensor classes = Tensor::of<int64_t>({2}, {2, 0});
  for (const std::string reduction : {"mean", "sum"}) {
    for (const std::string kind : {"mse", "mae", "huber", "bce_with_logits"}) {
      expect_gradient_of_differences(spec(kind, reduction), prediction, target);
    }
    for (const std::string kind : {"cross_entropy", "nll"}) {
      expect_gradient_of_differences(spec(kind, reduction), prediction, classes);
    }
  }
  const Tensor logits = doubles({1, 3, 2}, {0, 1, 1, 0, 2, -1});
  expect_gradient_of_differences(spec("cross_entropy"), logits,
                                 Tensor::of<int64_t>({1, 2}, {2, 0}));
}

TEST(Loss, StaysFiniteForLargeLogits) {
  const Tensor logits = Tensor::of<float>({2, 2}, {10000, -10000, 0, 10000});
  const Tensor classes = Tensor::of<int64_t>({2}, {0, 0});
  EXPECT_EQ(value(spec("cross_entropy"), logits, classes), 5000);
  EXPECT_EQ(gradient(spec("cross_entropy", "sum"), logits, classes),
            (std::vector<double>{0, 0, -1, 1}));
  const Tensor extreme = Tensor::of<float>({4}, {1000, -1000, 1000, -1000});
  const Tensor target = Tensor::of<float>({4}, {1, 0, 0, 1});
  EXPECT_EQ(value(spec("bce_with_logits", "sum"), extreme, target), 2000);
  EXPECT_EQ(gradient(spec("bce_with_logits", "sum"), extreme, target),
            (std::vector<double>{0, 0, 1, -1}));
}

TEST(Loss, OfZeroLogitsHasTheGradientOfTheFormula) {
  const Tensor zeros = doubles({2}, {0, 0});
  EXPECT_EQ(gradient(spec("bce_with_logits", "sum"), zeros, doubles({2}, {1, 0})),
            (std::vector<double>{-0.5, 0.5}));
}

TEST(Loss, RefusesShapesThatWouldBroadcast) {
  const Tensor column = doubles({3, 1}, {1, 2, 3});
  expect_error(
      [&] {
        value(spec("mse"), column, doubles({3}, {1, 2, 3}));
      },
      "the target has shape [3], the prediction [3,1]");
  expect_error(
      [&] {
        value(spec("cross_entropy"), column, Tensor::of<int64_t>({3, 1}, {0, 0, 0}));
      },
      "class indices of shape [3,1] do not fit a prediction of shape [3,1]");
  expect_error([&] { value(spec("nll"), column, doubles({3}, {1, 2, 3})); }, "class indices");
}

TEST(Loss, RefusesUnknownNames) {
  const Tensor one = doubles({1}, {1});
  expect_error([&] { value(spec("hinge"), one, one); }, "no loss 'hinge', there are mse");
  expect_error([&] { value(spec("mse", "none"), one, one); }, "reduction must be mean or sum");
}

}  // namespace
}  // namespace twingrad
