#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "importers/onnx/onnx.h"
#include "parity/bundle.h"
#include "parity/element_statistics.h"
#include "training/draws.h"
#include "training/trainer.h"

namespace twingrad {
namespace {

// Training runs that other frameworks recorded, repeated step by step.

SettingValue setting(const Setting& value) {
  SettingValue result;
  if (const auto* integer = std::get_if<int64_t>(&value)) result = static_cast<double>(*integer);
  if (const auto* flag = std::get_if<bool>(&value)) result = *flag;
  if (const auto* number = std::get_if<double>(&value)) result = *number;
  if (const auto* text = std::get_if<std::string>(&value)) result = *text;
  if (const auto* list = std::get_if<std::vector<double>>(&value)) result = *list;
  return result;
}

StepSpec step_spec(const TrainingRun& run, const std::string& conventions) {
  StepSpec spec;
  const bool output = run.loss.kind == "output";
  spec.loss = {.kind = run.loss.kind,
               .prediction = output ? run.loss.name : run.loss.prediction,
               .target = run.loss.target};
  if (!output) spec.loss.reduction = run.loss.reduction;
  spec.optimizer = {run.optimizer.kind, run.optimizer.profile, {}};
  for (const auto& [name, value] : run.optimizer.settings) {
    spec.optimizer.settings.set(name, setting(value));
  }
  for (const auto& [name, value] : run.initial) spec.trained.push_back(name);
  // The MLP that shows ONNX's optimizers has no kinks, and its gradients are PyTorch's.
  spec.convention = convention_by_name(conventions == "onnx" ? "torch" : conventions);
  return spec;
}

// The largest difference in units of the largest expected element.
double relative_difference(const Tensor& found, const Tensor& expected) {
  double worst = 0;
  for (int64_t i = 0; i < expected.element_count(); ++i) {
    const double off = std::abs(element_as_double(found, i) - element_as_double(expected, i));
    if (!(off <= worst)) worst = off;  // NaN stays
  }
  return worst / largest_magnitude(expected);
}

// Parameters whose true gradient is zero, such as a bias in front of a batch normalization: what
// was recorded is rounding, and an adaptive optimizer makes steps of full length of it.
std::vector<std::string> moved_by_rounding(const TrainingRun& run) {
  double largest = 0;
  for (const auto& [name, gradient] : run.steps[0].gradients) {
    if (gradient) largest = std::max(largest, largest_magnitude(*gradient));
  }
  std::vector<std::string> names;
  for (const auto& [name, gradient] : run.steps[0].gradients) {
    const double rounding = gradient && gradient->type() == DataType::kDouble ? 1e-13 : 1e-5;
    if (gradient && largest_magnitude(*gradient) < rounding * largest) names.push_back(name);
  }
  return names;
}

class RecordedRun {
 public:
  RecordedRun(const ReferenceCase& item, const Graph& model, const std::string& conventions)
      : item_(item), run_(*item.training_run), conventions_(conventions) {
    std::vector<std::string> names;
    for (const auto& [name, mask] : item.draws) names.push_back(name);
    drawn_ = with_draws(model, names);
    ignored_ = moved_by_rounding(run_);
  }

  void repeat(bool planned, double tolerance) {
    TrainableModel model(drawn_.graph, step_spec(run_, conventions_));
    const TrainerOptions options{.backend = &openblas_backend(), .pool = &pool_, .returned = {}};
    const auto trainer = planned ? make_static_trainer(std::move(model), options)
                                 : make_eager_trainer(std::move(model), options);
    for (const auto& [name, value] : run_.initial) trainer->set_held(name, value);
    for (const TrainingStep& step : run_.steps) {
      std::map<std::string, Tensor> inputs = step.inputs;
      for (const auto& [name, mask] : step.draws) inputs[drawn_.inputs.at(name)] = mask;
      const double found = trainer->step(inputs, 0).loss;
      EXPECT_NEAR(found, step.loss, tolerance * std::abs(step.loss)) << place(planned);
      expect_parameters(*trainer, step.parameters, tolerance, planned);
    }
    expect_parameters(*trainer, run_.final, tolerance, planned);
  }

 private:
  std::string place(bool planned) const { return item_.name + (planned ? " static" : " eager"); }
  void expect_parameters(const Trainer& trainer, const TensorMap& expected, double tolerance,
                         bool planned) const {
    for (const auto& [name, value] : expected) {
      if (std::ranges::find(ignored_, name) != ignored_.end()) continue;
      EXPECT_LE(relative_difference(trainer.held(name), value), tolerance)
          << place(planned) << " " << name;
    }
  }

  const ReferenceCase& item_;
  const TrainingRun& run_;
  std::string conventions_;
  DrawnGraph drawn_;
  std::vector<std::string> ignored_;
  ThreadPool pool_{1};
};

class RecordedRuns : public testing::TestWithParam<const char*> {};

TEST_P(RecordedRuns, AreRepeatedInBothModes) {
  const Bundle bundle = read_bundle(std::string("testdata/references/") + GetParam());
  const double tolerance = bundle.precision == "float64" ? 1e-9 : 1e-5;
  int runs = 0;
  for (const ReferenceCase& item : bundle.cases) {
    if (!item.training_run) continue;
    const Model model = import_onnx(item.model);
    RecordedRun run(item, model.graph, bundle.conventions);
    run.repeat(true, tolerance);
    run.repeat(false, tolerance);
    ++runs;
  }
  EXPECT_GT(runs, 0);
}

INSTANTIATE_TEST_SUITE_P(Bundles, RecordedRuns,
                         testing::Values("seed/torch", "seed/torch-float64", "seed/tensorflow",
                                         "seed/tensorflow-float64", "models/mlp-torch",
                                         "models/mlp-tensorflow", "models/mlp-jax",
                                         "models/mlp-onnx", "models/digits-cnn",
                                         "models/digits-cnn-float32", "models/autoencoder"));

}  // namespace
}  // namespace twingrad
