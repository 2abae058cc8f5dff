#include "training/optimizer.h"

#include <gtest/gtest.h>

#include <cmath>

#include "importers/expect_error.h"
#include "ir/error.h"
#include "training/eager_for_tests.h"

namespace twingrad {
namespace {

// The values of one number that starts at 1 and meets these gradients, step by step.
std::vector<double> path(const OptimizerSpec& spec, const std::vector<double>& gradients) {
  const Optimizer optimizer(spec);
  Tensor parameter = doubles({1}, {1});
  std::vector<Tensor> slots = optimizer.initial_slots(parameter);
  std::vector<double> result;
  for (size_t t = 0; t < gradients.size(); ++t) {
    std::vector<Tensor> inputs{Tensor::scalar(static_cast<double>(t + 1)),
                               Tensor::scalar(optimizer.learning_rate()), parameter,
                               doubles({1}, {gradients[t]})};
    inputs.insert(inputs.end(), slots.begin(), slots.end());
    std::vector<Tensor> next = evaluated(inputs, [&](const std::vector<Expr>& x) {
      UpdateContext context = optimizer.context(x[0], x[1], DataType::kDouble);
      return optimizer.update(context, x[2], x[3], {x.begin() + 4, x.end()});
    });
    parameter = next[0];
    slots.assign(next.begin() + 1, next.end());
    result.push_back(numbers(parameter)[0]);
  }
  return result;
}

void expect_path(const OptimizerSpec& spec, const std::vector<double>& gradients,
                 const std::vector<double>& expected) {
  const std::vector<double> found = path(spec, gradients);
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) {
    EXPECT_NEAR(found[i], expected[i], 1e-14) << spec.kind << " " << spec.profile << " step " << i;
  }
}

TEST(Optimizer, GradientDescentSubtractsTheScaledGradient) {
  expect_path({"sgd", "torch", {{"lr", 0.5}}}, {1, -2}, {0.5, 1.5});
  expect_path({"sgd", "tensorflow", {{"learning_rate", 0.5}}}, {1, -2}, {0.5, 1.5});
  expect_path({"sgd", "jax", {{"learning_rate", 0.5}}}, {1, -2}, {0.5, 1.5});
}

TEST(Optimizer, WeightDecayJoinsTheGradientInTorchAndIsDecoupledInKeras) {
  expect_path({"sgd", "torch", {{"lr", 0.5}, {"momentum", 0.5}, {"weight_decay", 0.1}}}, {1, 0},
              {1 - 0.5 * 1.1, 0.45 - 0.5 * (0.55 + 0.045)});
  expect_path(
      {"sgd", "tensorflow", {{"learning_rate", 0.5}, {"momentum", 0.5}, {"weight_decay", 0.1}}},
      {1, 0}, {0.95 - 0.5, 0.45 * 0.95 - 0.25});
}

TEST(Optimizer, DampingLeavesTheFirstVelocityWhole) {
  expect_path({"momentum", "torch", {{"lr", 1.0}, {"momentum", 0.5}, {"dampening", 0.75}}}, {1, 1},
              {0, -0.75});
}

TEST(Optimizer, NesterovLooksOneVelocityAhead) {
  const std::vector<double> expected{1 - 0.1 * 1.5, 0.85 - 0.1 * (1 + 0.5 * 1.5)};
  expect_path({"nesterov", "torch", {{"lr", 0.1}, {"momentum", 0.5}}}, {1, 1}, expected);
  expect_path({"nesterov", "tensorflow", {{"learning_rate", 0.1}, {"momentum", 0.5}}}, {1, 1},
              expected);
  expect_path({"nesterov", "jax", {{"learning_rate", 0.1}, {"momentum", 0.5}}}, {1, 1}, expected);
}

TEST(Optimizer, AdamPutsEpsilonWhereTheFrameworkDoes) {
  const double m1 = 0.1;
  const double v1 = 0.001 * 4;
  const double m2 = 0.9 * m1 * 2 + 0.1 * -1;
  const double v2 = 0.999 * v1 + 0.001;
  const double c1 = 1 - 0.81;
  const double c2 = 1 - 0.999 * 0.999;
  const double eps = 0.5;
  const double torch1 = 1 - 0.1 * 2 / (2 + eps);
  const double torch2 = torch1 - 0.1 * (m2 / c1) / (std::sqrt(v2 / c2) + eps);
  expect_path({"adam", "torch", {{"lr", 0.1}, {"eps", eps}}}, {2, -1}, {torch1, torch2});
  expect_path({"adam", "jax", {{"learning_rate", 0.1}, {"eps", eps}}}, {2, -1}, {torch1, torch2});
  const double keras1 = 1 - 0.1 * std::sqrt(0.001) / 0.1 * (2 * m1) / (std::sqrt(v1) + eps);
  const double keras2 = keras1 - 0.1 * std::sqrt(c2) / c1 * m2 / (std::sqrt(v2) + eps);
  expect_path({"adam", "tensorflow", {{"learning_rate", 0.1}, {"epsilon", eps}}}, {2, -1},
              {keras1, keras2});
  expect_path({"adam", "jax", {{"learning_rate", 0.1}, {"eps", 0.0}, {"eps_root", 12.0}}}, {2},
              {1 - 0.1 * 2 / 4});
}

// After gradients 2, 0 the second moment has fallen, the largest one has not. The frameworks differ
// in whether the largest one is corrected for its step or for the present one.
TEST(Optimizer, AmsgradKeepsTheLargestSecondMoment) {
  const std::vector<double> torch = path(
      {"adam", "torch", {{"lr", 0.1}, {"betas", std::vector<double>{0.0, 0.5}}, {"amsgrad", true}}},
      {2, 1e-9, 1});
  EXPECT_NEAR(torch[2] - torch[1], -0.1 / std::sqrt(2 / 0.875), 1e-8);
  const std::vector<double> optax =
      path({"adam", "jax", {{"learning_rate", 0.1}, {"b1", 0.0}, {"b2", 0.5}, {"amsgrad", true}}},
           {2, 1e-9, 1});
  EXPECT_NEAR(optax[2] - optax[1], -0.1 / 2, 1e-8);
}

TEST(Optimizer, EveryRowTakesAFiniteStepDownhill) {
  for (const OptimizerRow& row : optimizer_rows()) {
    OptimizerSpec spec{std::string(row.kind), std::string(row.profile), {}};
    spec.settings.set(row.learning_rate, 0.01);
    for (const SettingDef& def : row.settings) {
      const bool needed = std::holds_alternative<std::monostate>(def.fallback);
      if (needed && def.name != row.learning_rate) spec.settings.set(def.name, 0.5);
    }
    const std::vector<double> values = path(spec, {1, 1, 1});
    EXPECT_LT(values[2], 1) << row.kind << " " << row.profile;
    EXPECT_GT(values[2], 0) << row.kind << " " << row.profile;
  }
}

TEST(Optimizer, RefusesWhatItDoesNotKnow) {
  expect_error(
      [] {
        Optimizer({"adam", "torch", {{"beta_1", 0.9}}});
      },
      "optimizer adam (torch) has no setting 'beta_1', only lr, betas, eps");
  expect_error(
      [] {
        Optimizer({"adam", "torch", {{"amsgrad", 1.0}}});
      },
      "setting 'amsgrad' must be true or false, got 1");
  expect_error([] { Optimizer({"sgd", "jax", {}}); }, "needs the setting 'learning_rate'");
  expect_error([] { Optimizer({"sgd", "torch", {{"nesterov", true}}}); }, "nesterov needs");
}

TEST(Optimizer, SaysWhatIsUnsupported) {
  const auto kind_of = [](const OptimizerSpec& spec) {
    try {
      Optimizer optimizer(spec);
    } catch (const Error& error) {
      return error.kind();
    }
    return Error::Kind::kInvalid;
  };
  EXPECT_EQ(kind_of({"lbfgs", "torch", {}}), Error::Kind::kUnsupported);
  EXPECT_EQ(kind_of({"lion", "torch", {}}), Error::Kind::kUnsupported);
  EXPECT_EQ(kind_of({"sgd", "tensorflow", {{"use_ema", true}}}), Error::Kind::kUnsupported);
  EXPECT_NO_THROW(Optimizer({"sgd", "tensorflow", {{"use_ema", false}, {"ema_momentum", 0.5}}}));
}

}  // namespace
}  // namespace twingrad
