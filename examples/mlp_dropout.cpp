// A network with a branch: out = h W2 + b2, where h = relu(x W1 + b1) passes dropout if training.
// TensorFlow's manner trains with gradient descent, PyTorch's with Adam; each as a static graph and
// on the tape. The dropout masks are the recorded ones; `dropout` of tape/operations.h draws them.

#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "examples/recorded.h"
#include "ir/expression.h"
#include "tape/gradient_tape.h"
#include "tape/operations.h"
#include "training/trainer.h"

namespace twingrad {
namespace {

constexpr double kLearningRate = 0.001;
constexpr double kRatio = 0.5;
const std::vector<std::string> kNames{"W1", "b1", "W2", "b2"};

void report(const char* style, size_t epoch, double loss) {
  if (epoch % 5 == 0) std::printf("%s epoch %2zu loss %.9g\n", style, epoch, loss);
}

const Tensor& mask_of(const TrainingStep& step) {
  return step.draws.at("features");
}

// --- static ---

// The branch is decided while the graph is described.
Expr network(Expr x, const std::vector<Expr>& p, Expr mask, bool training) {
  Expr hidden = (matmul(x, p[0]) + p[1]).apply("Relu");
  if (training) hidden = hidden * cast(mask, DataType::kFloat) / (1 - kRatio);
  return matmul(hidden, p[2]) + p[3];
}

// The model as a graph; the trainer appends loss, gradients and the optimizer's update.
Graph described(const TrainingRun& run) {
  Graph graph;
  Builder builder(graph);
  const auto input = [&](const char* name, const Tensor& like) {
    return Expr(builder, builder.input(name, Type::tensor(like.type(), like.shape())));
  };
  const Expr x = input("x", run.steps.front().inputs.at("x"));
  const Expr mask = input("mask", mask_of(run.steps.front()));
  std::vector<Expr> parameters;
  for (const std::string& name : kNames) {
    parameters.emplace_back(builder, builder.initializer(name, run.initial.at(name)));
  }
  const Expr prediction = network(x, parameters, mask, true);
  graph.rename(prediction.id(), "prediction");
  graph.set_outputs({prediction.id()});
  return graph;
}

void train_static(const char* style, const TrainingRun& run, const OptimizerSpec& optimizer) {
  const Graph model = described(run);
  StepSpec spec;
  spec.loss = {.kind = "mse", .prediction = "prediction", .target = "y"};
  spec.optimizer = optimizer;
  ThreadPool pool(1);
  TrainerOptions options;
  options.backend = &openblas_backend();
  options.pool = &pool;
  const auto trainer = make_static_trainer(TrainableModel(model, spec), options);
  const TensorMap& data = run.steps.front().inputs;
  for (size_t epoch = 1; epoch <= run.steps.size(); ++epoch) {
    const Tensor& mask = mask_of(run.steps[epoch - 1]);
    const StepResult step =
        trainer->step({{"x", data.at("x")}, {"y", data.at("y")}, {"mask", mask}}, 0);
    report(style, epoch, step.loss);
  }
}

// --- on the tape ---

// The branch is the language's own.
Variable network(const Variable& x, const std::vector<Variable>& p, const Variable& mask,
                 bool training) {
  Variable hidden = relu(matmul(x, p[0]) + p[1]);
  if (training) hidden = hidden * cast(mask, DataType::kFloat) / (1 - kRatio);
  return matmul(hidden, p[2]) + p[3];
}

std::vector<Variable> parameters_on(Tape& tape, const TrainingRun& run) {
  std::vector<Variable> parameters;
  for (const std::string& name : kNames) parameters.push_back(tape.parameter(run.initial.at(name)));
  return parameters;
}

void train_like_tensorflow(const TrainingRun& run) {
  Tape tape;
  std::vector<Variable> parameters = parameters_on(tape, run);
  const Variable x = tape.constant(run.steps.front().inputs.at("x"));
  const Variable y = tape.constant(run.steps.front().inputs.at("y"));
  for (size_t epoch = 1; epoch <= run.steps.size(); ++epoch) {
    const Variable mask = tape.constant(mask_of(run.steps[epoch - 1]));
    GradientTape gradient_tape(tape);
    const Variable loss = mean(square(network(x, parameters, mask, true) - y));
    const auto slopes = gradient_tape.gradient(loss, parameters);
    const NoGrad no_grad(tape);
    for (size_t i = 0; i < parameters.size(); ++i) {
      parameters[i].assign(parameters[i] - kLearningRate * *slopes[i]);
    }
    report("eager tensorflow", epoch, loss.item());
  }
}

struct Moments {
  Variable mean;
  Variable square_mean;
};

void update_by_adam(Variable& parameter, Moments& moments, int step) {
  const Variable gradient = *parameter.grad();
  moments.mean.assign(0.9 * moments.mean + 0.1 * gradient);
  moments.square_mean.assign(0.999 * moments.square_mean + 0.001 * square(gradient));
  const Variable first = moments.mean / (1 - std::pow(0.9, step));
  const Variable second = moments.square_mean / (1 - std::pow(0.999, step));
  parameter.assign(parameter - kLearningRate * first / (sqrt(second) + 1e-8));
}

void train_like_pytorch(const TrainingRun& run) {
  Tape tape;
  std::vector<Variable> parameters = parameters_on(tape, run);
  std::vector<Moments> moments;
  for (const Variable& p : parameters) {
    const Tensor zeros = Tensor::zeros(p.type(), p.shape());
    moments.push_back({tape.constant(zeros), tape.constant(zeros)});
  }
  const Variable x = tape.constant(run.steps.front().inputs.at("x"));
  const Variable y = tape.constant(run.steps.front().inputs.at("y"));
  for (size_t epoch = 1; epoch <= run.steps.size(); ++epoch) {
    for (Variable& p : parameters) p.zero_grad();
    const Variable mask = tape.constant(mask_of(run.steps[epoch - 1]));
    const Variable loss = mean(square(network(x, parameters, mask, true) - y));
    loss.backward();
    const NoGrad no_grad(tape);
    for (size_t i = 0; i < parameters.size(); ++i) {
      update_by_adam(parameters[i], moments[i], static_cast<int>(epoch));
    }
    report("eager pytorch", epoch, loss.item());
  }
}

}  // namespace
}  // namespace twingrad

int main(int argc, char** argv) {
  return twingrad::run_example(argc, argv, [](const std::string& folder) {
    const auto descent = twingrad::recorded(folder, "tensorflow", "mlp_train_sgd");
    const auto adam = twingrad::recorded(folder, "torch", "mlp_train_adam");
    twingrad::train_static("static tensorflow", *descent.training_run,
                           {"sgd", "tensorflow", {{"learning_rate", 0.001}}});
    twingrad::train_like_tensorflow(*descent.training_run);
    twingrad::train_static("static pytorch", *adam.training_run,
                           {"adam", "torch", {{"lr", 0.001}}});
    twingrad::train_like_pytorch(*adam.training_run);
  });
}
