#include "parity/training_leg.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "parity/perturbation.h"
#include "parity/recorded_case_for_tests.h"
#include "parity/run_noise.h"
#include "parity/teacher_forcing.h"

namespace twingrad {
namespace {

CheckOptions reference_only() {
  CheckOptions options;
  options.modes = options.differences = false;
  return options;
}

// Of the training legs alone: what else `check` does about a failure takes its time.
CaseReport run_report(const ParityCase& item, const CheckOptions& options, ThreadPool& pool) {
  CaseReport report;
  add_training_legs(report, item, options, pool);
  return report;
}

// Every optimizer of every recorded run, each by itself: on the recorded gradients it makes the
// recorded parameters, up to the rounding of one formula.
TEST(TrainingLeg, EveryOptimizerMakesTheRecordedUpdates) {
  ThreadPool pool(1);
  const RunMode mode{false, &reference_backend(), &pool};
  size_t updates = 0;
  for_each_case("testdata/references", {}, [&](const TargetCase& found) {
    if (!found.item || !found.item->training_run) return;
    const TrainingRun& run = *found.item->training_run;
    const Optimizer optimizer(step_spec(*found.item).optimizer);
    for (const auto& [name, step] : first_wrong_updates(run, optimizer, mode)) {
      ADD_FAILURE() << found.target << "/" << found.name << " " << name << " step " << step;
    }
    updates += run.steps[0].parameters.size();
  });
  EXPECT_GT(updates, 400);
}

void set_field(ParityCase& item, const char* name, Setting value) {
  item.training_run->optimizer.settings[name] = std::move(value);
}

// An optimizer that is not the recorded one.
struct WrongOptimizer {
  const char* bundle;
  const char* name;
  std::function<void(ParityCase&)> make;
};

// However much rounding grows, it does not excuse any of these.
TEST(TrainingLeg, WrongOptimizersFailByTheMeasuredRuleToo) {
  const auto beta2 = [](ParityCase& item) { set_field(item, "betas", std::vector{0.9, 0.998}); };
  const auto beta1 = [](ParityCase& item) { set_field(item, "betas", std::vector{0.91, 0.999}); };
  const auto eps = [](ParityCase& item) { set_field(item, "eps", 1e-6); };
  const auto coupled = [](ParityCase& item) { item.training_run->optimizer.kind = "adam"; };
  const auto decoupled = [](ParityCase& item) { item.training_run->optimizer.kind = "adamw"; };
  const auto momentum = [](ParityCase& item) { set_field(item, "momentum", 0.89); };
  const std::vector<WrongOptimizer> rows = {
      {"models/digits-cnn-float32", "digits_cnn_float32/adam", beta2},
      {"models/digits-cnn-float32", "digits_cnn_float32/adam", beta1},
      {"models/digits-cnn-float32", "digits_cnn_float32/adam", eps},
      {"models/digits-cnn-float32", "digits_cnn_float32/adamw", coupled},
      {"models/digits-cnn-float32", "digits_cnn_float32/momentum", momentum},
      {"models/digits-cnn", "digits_cnn/adam", eps},
      {"models/mlp-torch", "mlp_classifier/adam", beta2},
      {"models/mlp-torch", "mlp_classifier/adam", eps},
      {"models/mlp-torch", "mlp_classifier/adam_weight_decay", decoupled},
      {"models/mlp-torch", "mlp_classifier/adamw", coupled},
      {"models/mlp-torch", "mlp_classifier/nesterov", momentum},
  };
  ThreadPool pool(1);
  for (const WrongOptimizer& row : rows) {
    ParityCase item = recorded_case(row.bundle, row.name);
    row.make(item);
    const CaseReport report = run_report(item, reference_only(), pool);
    EXPECT_EQ(report.verdict, Verdict::kFailed) << row.name << " " << &row - rows.data();
  }
}

// What another arithmetic of the same steps gives is no failure, however far off the fixed rule.
TEST(TrainingLeg, RoundingThatAnOptimizerMagnifiesIsMeasuredAndAllowed) {
  ThreadPool pool(1);
  ParityCase item = recorded_case("models/digits-cnn-float32", "digits_cnn_float32/adam");
  TrainingRun& run = *item.training_run;
  // The reference is our own run in Monte-Carlo arithmetic, of a draw that is not measured: the
  // other backend's.
  const RunMode other{false, &perturbed_backend(reference_backend(), 1), &pool};
  set_field(item, "eps", 1e-10);
  const RunRecord record = repeat_run(item, other);
  for (size_t i = 0; i < run.steps.size(); ++i) {
    run.steps[i].loss = record.losses[i];
    run.steps[i].gradients.clear();
    for (const auto& [name, value] : record.gradients[i]) run.steps[i].gradients[name] = value;
    run.steps[i].parameters = record.parameters[i];
  }
  run.final = record.final;
  const CaseReport report = run_report(item, reference_only(), pool);
  EXPECT_EQ(report.verdict, Verdict::kPassed);
  size_t wider = 0;
  for (const TensorVerdict& tensor : report.legs.back().tensors) {
    if (tensor.wider.empty()) continue;
    ++wider;
    EXPECT_NE(tensor.wider.find("rounding grows x"), std::string::npos) << tensor.wider;
  }
  EXPECT_GT(wider, 0);
  // A tolerance that was chosen is the rule.
  CheckOptions chosen = reference_only();
  chosen.rtol = 1e-5;
  EXPECT_EQ(run_report(item, chosen, pool).verdict, Verdict::kFailed);
}

TEST(TrainingLeg, GrowthIsMeasuredInDoubleAndInPerturbedRuns) {
  ThreadPool pool(1);
  const RunMode mode{false, &openblas_backend(), &pool};
  const ParityCase coarse = recorded_case("models/digits-cnn-float32", "digits_cnn_float32/sgd");
  const RunNoise in_float = measure_run_noise(coarse, mode);
  EXPECT_EQ(in_float.how, "float32 against float64 and 3 perturbed runs");
  EXPECT_GT(in_float.first, 1e-9);
  EXPECT_LT(in_float.last, 1e-5);
  EXPECT_GE(in_float.growth, 1);
  EXPECT_EQ(in_float.steps.size(), coarse.training_run->steps.size());
  const ParityCase fine = recorded_case("models/digits-cnn", "digits_cnn/sgd");
  const RunNoise in_double = measure_run_noise(fine, mode);
  EXPECT_EQ(in_double.how, "3 perturbed runs");
  EXPECT_GT(in_double.last, 1e-18);
  EXPECT_LT(in_double.last, 1e-13);
}

}  // namespace
}  // namespace twingrad
