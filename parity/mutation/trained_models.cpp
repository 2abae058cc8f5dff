#include "parity/mutation/base_cases.h"
#include "parity/mutation/model_draft.h"

namespace twingrad {
namespace {

constexpr size_t kSteps = 4;

// A small classifier and its run: the steps' inputs are drawn, what came out of them is not there
// yet.
ParityCase trained(ReferenceOptimizer optimizer) {
  ModelDraft draft;
  const Expr x = draft.input("x", {4, 3});
  const Expr h = x.apply("Gemm", {draft.parameter("W1", {5, 3}), draft.parameter("b1", {5})},
                         {{"transB", int64_t{1}}})
                     .apply("Tanh");
  const Expr y = h.apply("Gemm", {draft.parameter("W2", {2, 5}), draft.parameter("b2", {2})},
                         {{"transB", int64_t{1}}});
  ParityCase item = draft.finish({y});
  TrainingRun run;
  run.loss = {"mse", "", "y", "target", "mean"};
  run.optimizer = std::move(optimizer);
  for (const char* name : {"W1", "W2", "b1", "b2"}) {
    run.initial[name] = *item.graph.value(*item.graph.find(name)).data;
  }
  for (size_t i = 0; i < kSteps; ++i) {
    ModelDraft data;
    const std::string at = " of step " + std::to_string(i);
    data.input("x" + at, {4, 3});
    data.input("target" + at, {4, 2});
    const NamedData drawn = data.finish({}).question.inputs;
    TrainingStep step;
    step.inputs["x"] = drawn.at("x" + at).tensor();
    step.inputs["target"] = drawn.at("target" + at).tensor();
    run.steps.push_back(std::move(step));
  }
  item.training_run = std::move(run);
  return item;
}

}  // namespace

ParityCase trained_by_gradient_descent() {
  return trained({"momentum",
                  "torch",
                  {{"lr", 0.05}, {"momentum", 0.9}, {"dampening", 0.0}, {"weight_decay", 0.01}}});
}

// An epsilon that is large enough to show where it stands.
ParityCase trained_by_adam() {
  return trained(
      {"adam", "torch", {{"lr", 0.01}, {"betas", std::vector<double>{0.9, 0.99}}, {"eps", 1e-3}}});
}

ParityCase trained_by_adam_with_decay() {
  return trained({"adam",
                  "torch",
                  {{"lr", 0.01},
                   {"betas", std::vector<double>{0.9, 0.99}},
                   {"eps", 1e-6},
                   {"weight_decay", 0.1}}});
}

ParityCase trained_by_adamw() {
  return trained({"adamw",
                  "torch",
                  {{"lr", 0.01},
                   {"betas", std::vector<double>{0.9, 0.99}},
                   {"eps", 1e-6},
                   {"weight_decay", 0.1}}});
}

ParityCase trained_by_rmsprop() {
  return trained({"rmsprop", "torch", {{"lr", 0.01}, {"alpha", 0.9}, {"eps", 1e-2}}});
}

ParityCase trained_by_adagrad() {
  return trained({"adagrad", "torch", {{"lr", 0.05}, {"eps", 1e-8}}});
}

}  // namespace twingrad
