#include "training/schedule.h"

#include <gtest/gtest.h>

#include "importers/expect_error.h"

namespace twingrad {
namespace {

std::vector<double> rates(const ScheduleSpec& spec, int64_t epochs) {
  const Schedule schedule(spec, epochs);
  std::vector<double> result;
  for (int64_t epoch = 0; epoch < epochs; ++epoch) {
    result.push_back(schedule.rate(0.1, epoch, 0, 10));
  }
  return result;
}

void expect_rates(const ScheduleSpec& spec, const std::vector<double>& expected) {
  const std::vector<double> found = rates(spec, static_cast<int64_t>(expected.size()));
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(found[i], expected[i], 1e-15) << spec.kind << " in epoch " << i;
  }
}

// What get_last_lr() says epoch by epoch after lr = 0.1 in torch.optim.lr_scheduler.
TEST(Schedule, GivesTheRatesOfTorchsSchedulers) {
  expect_rates({"step", {{"step_size", 2.0}, {"gamma", 0.5}}}, {0.1, 0.1, 0.05, 0.05, 0.025});
  expect_rates({"multistep", {{"milestones", std::vector<double>{1, 3}}}},
               {0.1, 0.01, 0.01, 0.001});
  expect_rates({"exponential", {{"gamma", 0.9}}}, {0.1, 0.09, 0.081});
  expect_rates({"cosine", {{"T_max", 4.0}, {"eta_min", 0.02}}},
               {0.1, 0.08828427124746191, 0.06, 0.03171572875253810, 0.02});
  expect_rates({"linear", {{"start_factor", 0.5}, {"total_iters", 4.0}}},
               {0.05, 0.0625, 0.075, 0.0875, 0.1, 0.1});
  expect_rates({"polynomial", {{"total_iters", 4.0}, {"power", 2.0}}},
               {0.1, 0.05625, 0.025, 0.00625, 0.0});
}

TEST(Schedule, GivesTheRatesOfKerasInverseTimeDecay) {
  expect_rates({"inverse_time", {{"decay_rate", 0.5}, {"decay_steps", 2.0}}},
               {0.1, 0.08, 0.1 / 1.5});
}

TEST(Schedule, WarmsUpStepByStep) {
  const Schedule schedule({"constant", {{"warmup", 2.0}}}, 5);
  EXPECT_DOUBLE_EQ(schedule.rate(1, 0, 0, 4), 1.0 / 8);
  EXPECT_DOUBLE_EQ(schedule.rate(1, 1, 0, 4), 5.0 / 8);
  EXPECT_DOUBLE_EQ(schedule.rate(1, 1, 3, 4), 1);
  EXPECT_DOUBLE_EQ(schedule.rate(1, 4, 0, 4), 1);
}

TEST(Schedule, RefusesWhatItDoesNotKnow) {
  expect_error([] { Schedule({"cosin", {}}, 3); }, "no schedule 'cosin', there are: constant step");
  expect_error([] { Schedule({"step", {}}, 3); }, "schedule step needs the setting 'step_size'");
  expect_error([] { Schedule({"step", {{"step_size", 0.0}}}, 3); }, "must be positive, got 0");
  expect_error([] { Schedule({"constant", {{"gamma", 1.0}}}, 3); }, "has no setting 'gamma'");
}

}  // namespace
}  // namespace twingrad
