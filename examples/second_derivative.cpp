// y = x^3 at x = 2 and its derivatives 12, 12 and 6: by sweeps over a static graph, by create_graph
// in PyTorch's manner, by nested and by persistent tapes in TensorFlow's.

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

void report(const char* style, double first, double second, double third) {
  std::printf("%s derivatives %.9g %.9g %.9g\n", style, first, second, third);
}

// Every sweep appends to the graph, so the next one differentiates it in turn.
void differentiate_static() {
  Graph graph;
  Builder builder(graph);
  const Expr x(builder, builder.input("x", Type::tensor(DataType::kFloat, Shape{})));
  const ValueId wrt = x.id();
  Expr y = pow(x, x.like(3));
  std::vector<ValueId> outputs;
  for (int order = 1; order <= 3; ++order) {
    const Seed seed{y.id(), y.like(1).id()};
    y = Expr(builder, gradients(builder, {&seed, 1}, {&wrt, 1})[0]);
    outputs.push_back(y.id());
  }
  graph.set_outputs(outputs);
  ThreadPool pool(1);
  StaticExecutor program(graph, {}, openblas_backend(), pool);
  const std::vector<Datum> results = program.run(std::vector<Datum>{Tensor::scalar(2.0F)});
  const auto result = [&results](size_t i) { return element_as_double(results[i].tensor(), 0); };
  report("static", result(0), result(1), result(2));
}

void differentiate_like_pytorch() {
  Tape tape;
  Variable x = tape.parameter(Tensor::scalar(2.0F));
  std::vector<double> found;
  Variable y = pow(x, 3.0);
  for (int order = 1; order <= 3; ++order) {
    x.zero_grad();
    y.backward({.create_graph = true});
    y = *x.grad();
    found.push_back(y.item());
  }
  report("pytorch", found[0], found[1], found[2]);
}

void differentiate_like_tensorflow() {
  Tape tape;
  const Variable x = tape.constant(Tensor::scalar(2.0F));
  tape.watch(x);
  GradientTape third(tape);
  GradientTape second(tape);
  GradientTape first(tape);
  const Variable y = pow(x, 3.0);
  const Variable slope = *first.gradient(y, x);
  const Variable curvature = *second.gradient(slope, x);
  report("tensorflow", slope.item(), curvature.item(), third.gradient(curvature, x)->item());
}

void differentiate_with_persistent_tape() {
  Tape tape;
  const Variable x = tape.parameter(Tensor::scalar(2.0F));
  GradientTape persistent(tape, true);
  const Variable y = x * x * x;
  const Variable slope = *persistent.gradient(y, x);
  const Variable curvature = *persistent.gradient(slope, x);
  report("persistent", slope.item(), curvature.item(), persistent.gradient(curvature, x)->item());
}

}  // namespace
}  // namespace twingrad

int main(int argc, char** argv) {
  return twingrad::run_example(argc, argv, [](const std::string&) {
    twingrad::differentiate_static();
    twingrad::differentiate_like_pytorch();
    twingrad::differentiate_like_tensorflow();
    twingrad::differentiate_with_persistent_tape();
  });
}
