#include "parity/first_divergence.h"

#include <gtest/gtest.h>

#include <functional>

#include "parity/recorded_case_for_tests.h"
#include "parity/training_leg.h"

namespace twingrad {
namespace {

// A recorded run in which one thing was made wrong, and what is to be said about it.
struct Fault {
  const char* name;
  std::function<void(ParityCase&)> make;
  size_t step;
  const char* kind;
  const char* stage;
};

void scale(Tensor& tensor, double factor) {
  tensor = tensor.clone();
  for (int64_t i = 0; i < tensor.element_count(); ++i) {
    set_element(tensor, i, element_as_double(tensor, i) * factor);
  }
}

void set(ParityCase& item, const char* name, Setting value) {
  item.training_run->optimizer.settings[name] = std::move(value);
}

std::vector<Fault> faults() {
  return {
      {"gradient of a middle step",
       [](ParityCase& item) {
         for (auto& [name, gradient] : item.training_run->steps[2].gradients) {
           scale(*gradient, 1.01);
         }
       },
       3, "gradient", "gradient"},
      // Bias correction hides the decay of the second moment in the first step.
      {"decay of the second moment",
       [](ParityCase& item) {
         set(item, "betas", std::vector<double>{0.9, 0.99});
       },
       2, "parameter", "optimizer"},
      {"epsilon", [](ParityCase& item) { set(item, "eps", 1e-4); }, 1, "parameter", "optimizer"},
      {"coupled weight decay", [](ParityCase& item) { set(item, "weight_decay", 0.01); }, 1,
       "parameter", "optimizer"},
      {"decoupled weight decay",
       [](ParityCase& item) {
         item.training_run->optimizer.kind = "adamw";
         set(item, "weight_decay", 0.01);
       },
       1, "parameter", "optimizer"},
      {"learning rate", [](ParityCase& item) { set(item, "lr", 0.00101); }, 1, "parameter",
       "optimizer"},
      {"loss of a middle step", [](ParityCase& item) { item.training_run->steps[3].loss *= 1.001; },
       4, "loss", "forward"},
      {"draws of a later step",
       [](ParityCase& item) {
         auto& steps = item.training_run->steps;
         for (auto& [name, mask] : steps[5].draws) {
           mask = mask.clone();
           set_element(mask, 0, element_as_double(mask, 0) != 0 ? 0 : 1);
         }
       },
       6, "loss", "forward"},
      {"decay of the second moment where only losses are recorded",
       [](ParityCase& item) {
         set(item, "betas", std::vector<double>{0.9, 0.9});
         auto& steps = item.training_run->steps;
         for (size_t i = 1; i < steps.size(); ++i) {
           steps[i].gradients.clear();
           steps[i].parameters.clear();
         }
       },
       3, "loss", "unknown"},
  };
}

// Of the training legs alone: what else `check` does about a failure takes its time.
CaseReport run_report(const ParityCase& item, ThreadPool& pool) {
  CheckOptions options;
  options.modes = options.differences = false;
  CaseReport report;
  add_training_legs(report, item, options, pool);
  return report;
}

LegReport failed_leg(const CaseReport& report) {
  for (const LegReport& leg : report.legs) {
    if (leg.first_divergence) return leg;
  }
  return {};
}

TEST(FirstDivergence, NamesStepTensorAndStageOfEveryFault) {
  ThreadPool pool(1);
  const ParityCase right = recorded_case("seed/torch-float64", "mlp_train_adam");
  EXPECT_EQ(run_report(right, pool).verdict, Verdict::kPassed);
  for (const Fault& fault : faults()) {
    ParityCase wrong = right;
    fault.make(wrong);
    const CaseReport report = run_report(wrong, pool);
    EXPECT_EQ(report.verdict, Verdict::kFailed) << fault.name;
    const LegReport leg = failed_leg(report);
    ASSERT_TRUE(leg.first_divergence) << fault.name;
    const Divergence& first = *leg.first_divergence;
    EXPECT_EQ(first.step, fault.step) << fault.name;
    EXPECT_EQ(first.kind, fault.kind) << fault.name << ": " << first.reason;
    EXPECT_EQ(first.stage, fault.stage) << fault.name << ": " << first.reason;
    EXPECT_FALSE(first.reason.empty()) << fault.name;
    EXPECT_NE(leg.note.find("first off in step " + std::to_string(fault.step)), std::string::npos)
        << leg.note;
  }
}

TEST(FirstDivergence, SaysWhichRecordLacksAndWhatIsLikelier) {
  ThreadPool pool(1);
  ParityCase item = recorded_case("models/mlp-torch", "mlp_classifier/adam");
  item.training_run->optimizer.settings["betas"] = std::vector<double>{0.9, 0.9};
  const LegReport leg = failed_leg(run_report(item, pool));
  ASSERT_TRUE(leg.first_divergence);
  EXPECT_EQ(leg.first_divergence->stage, "unknown");
  EXPECT_NE(leg.first_divergence->reason.find("no gradient of step 2 is recorded"),
            std::string::npos);
  EXPECT_NE(leg.first_divergence->reason.find("likelier"), std::string::npos);
}

// The slots after the third step, taken from a run of our own: once as they are, once wrong.
TEST(FirstDivergence, HoldsRecordedStateToo) {
  ThreadPool pool(1);
  ParityCase item = recorded_case("seed/torch-float64", "mlp_train_adam");
  TrainingRun& run = *item.training_run;
  const auto trainer = run_trainer(item, {false, &reference_backend(), &pool});
  for (size_t i = 0; i < 3; ++i) trainer->step(step_inputs(item, run.steps[i]), 0);
  const std::string slot = run.initial.begin()->first + "/square";
  run.steps[2].state[slot] = trainer->held(slot);
  EXPECT_EQ(run_report(item, pool).verdict, Verdict::kPassed);
  scale(run.steps[2].state[slot], 1.001);
  const LegReport leg = failed_leg(run_report(item, pool));
  ASSERT_TRUE(leg.first_divergence);
  EXPECT_EQ(leg.first_divergence->step, 3);
  EXPECT_EQ(leg.first_divergence->tensor, slot);
  EXPECT_EQ(leg.first_divergence->stage, "state");
}

}  // namespace
}  // namespace twingrad
