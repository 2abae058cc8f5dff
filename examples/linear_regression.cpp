// Linear regression by 100 steps of gradient descent, three ways to write it: as a static graph
// that holds the whole training step, on the tape in PyTorch's manner, and in TensorFlow's.

#include <cstdio>
#include <vector>

#include "autodiff/sweep.h"
#include "backends/static/static_executor.h"
#include "examples/recorded.h"
#include "ir/expression.h"
#include "tape/gradient_tape.h"
#include "tape/operations.h"

namespace twingrad {
namespace {

constexpr double kLearningRate = 0.01;
constexpr int kSteps = 100;

void report(const char* style, int step, double loss) {
  if (step % 20 == 0) std::printf("%s step %3d loss %.9g\n", style, step, loss);
}

// Described once, run many times: loss, gradients and update are one graph, planned in advance.
void train_static(const TensorMap& initial, const TensorMap& data) {
  Graph graph;
  Builder builder(graph);
  const Expr x(builder, builder.input("x", Type::tensor(DataType::kFloat, Shape{4, 1})));
  const Expr y(builder, builder.input("y", Type::tensor(DataType::kFloat, Shape{4, 1})));
  const std::vector<ValueId> parameters{builder.initializer("W", initial.at("W")),
                                        builder.initializer("b", initial.at("b"))};
  const Expr w(builder, parameters[0]);
  const Expr b(builder, parameters[1]);
  const std::vector<int64_t> axes{0, 1};
  const Expr loss = reduce_mean(square(matmul(x, w) + b - y), axes, false);
  graph.set_outputs({loss.id()});

  const Seed seed{loss.id(), loss.like(1).id()};
  const std::vector<ValueId> slopes = gradients(builder, {&seed, 1}, parameters);
  std::vector<Update> updates;
  for (size_t i = 0; i < parameters.size(); ++i) {
    const Expr next = Expr(builder, parameters[i]) - Expr(builder, slopes[i]) * kLearningRate;
    updates.push_back({parameters[i], next.id()});
  }
  ThreadPool pool(1);
  StaticExecutor step_program(graph, updates, openblas_backend(), pool);
  const std::vector<Datum> inputs{data.at("x"), data.at("y")};
  for (int step = 1; step <= kSteps; ++step) {
    report("static", step, element_as_double(step_program.run(inputs)[0].tensor(), 0));
  }
}

// Gradients add up in grad() until they are zeroed; updates stay off the tape.
void train_like_pytorch(const TensorMap& initial, const TensorMap& data) {
  Tape tape;
  Variable w = tape.parameter(initial.at("W"));
  Variable b = tape.parameter(initial.at("b"));
  const Variable x = tape.constant(data.at("x"));
  const Variable y = tape.constant(data.at("y"));
  for (int step = 1; step <= kSteps; ++step) {
    const Variable loss = mean(square(matmul(x, w) + b - y));
    loss.backward();
    {
      const NoGrad no_grad(tape);
      w.assign(w - kLearningRate * *w.grad());
      b.assign(b - kLearningRate * *b.grad());
    }
    w.zero_grad();
    b.zero_grad();
    report("pytorch", step, loss.item());
  }
}

// A tape for each step, which is asked for fresh gradients.
void train_like_tensorflow(const TensorMap& initial, const TensorMap& data) {
  Tape tape;
  std::vector<Variable> parameters{tape.parameter(initial.at("W")),
                                   tape.parameter(initial.at("b"))};
  const Variable x = tape.constant(data.at("x"));
  const Variable y = tape.constant(data.at("y"));
  for (int step = 1; step <= kSteps; ++step) {
    GradientTape gradient_tape(tape);
    const Variable loss = mean(square(matmul(x, parameters[0]) + parameters[1] - y));
    const auto slopes = gradient_tape.gradient(loss, parameters);
    const NoGrad no_grad(tape);
    for (size_t i = 0; i < parameters.size(); ++i) {
      parameters[i].assign(parameters[i] - kLearningRate * *slopes[i]);
    }
    report("tensorflow", step, loss.item());
  }
}

}  // namespace
}  // namespace twingrad

int main(int argc, char** argv) {
  return twingrad::run_example(argc, argv, [](const std::string& folder) {
    const auto seed = twingrad::recorded(folder, "torch", "linear_regression");
    twingrad::train_static(seed.training_run->initial, seed.inputs);
    twingrad::train_like_pytorch(seed.training_run->initial, seed.inputs);
    twingrad::train_like_tensorflow(seed.training_run->initial, seed.inputs);
  });
}
