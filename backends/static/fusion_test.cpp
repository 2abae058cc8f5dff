#include <algorithm>
#include <random>

#include "backends/static/static_executor.h"
#include "backends/static/test_programs.h"
#include "ir/expression.h"

namespace twingrad {
namespace {

ProgramOptions unfused() {
  ProgramOptions options;
  options.without = {"fuse"};
  return options;
}

// An elementwise operator, a reduction, or views and casts around one, of values that broadcast.
Expr random_application(std::mt19937_64& random, const std::vector<Expr>& values) {
  const auto any = [&] { return values[random() % values.size()]; };
  const Expr a = any();
  switch (random() % 8) {
    case 0:
      return a.apply("Tanh");
    case 1:
      return where(a > any(), any(), any());
    case 2:
      return a.rank() > 0 ? reduce_sum(a, std::vector<int64_t>{0}, true) : -a;
    case 3:
      return a.rank() == 3
                 ? reshape(reshape(a, std::vector<int64_t>{-1}) * 0.5, a.shape().shape().extents())
                 : cast(cast(a, DataType::kDouble) * 0.3, DataType::kFloat);
    case 4:
      return a - any();
    case 5:
      return a * any();
    default:
      return (a + any()).apply("Relu");
  }
}

Graph random_graph(uint64_t seed, size_t nodes) {
  std::mt19937_64 random(seed);
  Graph graph;
  Builder builder(graph);
  std::vector<Expr> values;
  const std::vector<Shape> shapes{{6, 5, 70}, {6, 5, 70}, {5, 70}, {70}, {5, 1}, {6, 1, 1}, {}};
  for (size_t i = 0; i < shapes.size(); ++i) {
    values.emplace_back(builder, builder.input("x" + std::to_string(i), float_type(shapes[i])));
  }
  for (size_t i = 0; i < nodes; ++i) values.push_back(random_application(random, values));
  std::vector<ValueId> outputs;
  for (size_t i = 0; i < 4; ++i) outputs.push_back(values[values.size() - 1 - i].id());
  graph.set_outputs(outputs);
  return graph;
}

std::vector<Datum> inputs_of(const Graph& graph, uint64_t seed) {
  std::vector<Datum> inputs;
  for (const ValueId id : graph.inputs()) {
    inputs.push_back(scattered(graph.value(id).type.shape->shape(), ++seed));
  }
  return inputs;
}

TEST(Fusion, ChangesNoBitOfRandomGraphs) {
  size_t fused_steps = 0;
  size_t unfused_steps = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    const Graph graph = random_graph(seed, 40);
    const std::vector<Datum> inputs = inputs_of(graph, seed);
    const std::vector<Datum> expected = eager_outputs(graph, inputs);
    for (const int threads : {1, 3}) {
      ThreadPool pool(threads);
      Program plain(graph, {}, {}, reference_backend(), pool, unfused());
      Program fused(graph, {}, {}, reference_backend(), pool);
      SCOPED_TRACE(seed);
      expect_identical(plain.run(inputs), expected);
      expect_identical(fused.run(inputs), expected);
      expect_identical(fused.run(inputs), expected);
      fused_steps += fused.statistics().steps;
      unfused_steps += plain.statistics().steps;
      EXPECT_LE(static_cast<double>(fused.statistics().arena_bytes),
                1.15 * static_cast<double>(fused.statistics().lower_bound));
    }
  }
  EXPECT_LT(fused_steps * 3, unfused_steps * 2);
}

TEST(Fusion, MakesAnAdamUpdateOnePassThatWorksInPlace) {
  Graph graph;
  Builder builder(graph);
  const Shape shape{50, 61};
  const ValueId p = builder.initializer("p", scattered(shape, 1));
  const ValueId m = builder.initializer("m", Tensor::zeros(DataType::kFloat, shape));
  const ValueId v = builder.initializer("v", Tensor::zeros(DataType::kFloat, shape));
  const Expr gradient(builder, builder.input("g", float_type(shape)));
  const Expr rate(builder, builder.input("rate", float_type(PartialShape{})));
  const Expr mean = Expr(builder, m) * 0.9 + gradient * 0.1;
  const Expr variance = Expr(builder, v) * 0.999 + square(gradient) * 0.001;
  const Expr next = Expr(builder, p) - rate * mean / (sqrt(variance) + 1e-8);
  graph.set_outputs({next.id(), mean.id(), variance.id()});
  const std::vector<Datum> inputs{scattered(shape, 2), Tensor::scalar<float>(0.1F)};
  const std::vector<Datum> expected = eager_outputs(graph, inputs);
  graph.set_outputs({});
  ThreadPool pool(2);
  StaticExecutor executor(graph, {{p, next.id()}, {m, mean.id()}, {v, variance.id()}},
                          reference_backend(), pool);
  executor.run(inputs);
  const ProgramStatistics& statistics = executor.program_for(inputs).statistics();
  EXPECT_EQ(statistics.steps, 1U);
  EXPECT_LT(statistics.arena_bytes, 100000U);  // blocks only, no tensor
  const std::vector<Datum> found{executor.parameter("p"), executor.parameter("m"),
                                 executor.parameter("v")};
  expect_identical(found, expected);
}

TEST(Fusion, MakesNormalisationAndActivationOnePass) {
  Graph graph;
  Builder builder(graph);
  const Expr x(builder, builder.input("x", float_type({2, 8, 5, 5})));
  const auto channel = [&](std::string name, uint64_t seed) {
    return Expr(builder, builder.initializer(std::move(name), scattered({8, 1, 1}, seed)));
  };
  const Expr normal = (x - channel("mean", 1)) * channel("scale", 2) + channel("bias", 3);
  graph.set_outputs({(normal.apply("Relu") + x).id()});
  ThreadPool pool(1);
  Program program(graph, {}, {}, reference_backend(), pool);
  EXPECT_EQ(program.statistics().steps, 1U);
  const std::vector<Datum> inputs{scattered({2, 8, 5, 5}, 4)};
  expect_identical(program.run(inputs), eager_outputs(graph, inputs));
}

// Longer blocks are used where the operands come from memory.
TEST(Fusion, ChangesNoBitOfLargeTensors) {
  Graph graph;
  Builder builder(graph);
  const Expr x(builder, builder.input("x", float_type({1501, 1003})));
  const Expr row(builder, builder.input("row", float_type({1003})));
  const Expr column(builder, builder.input("column", float_type({1501, 1})));
  const Expr scaled = (x * row + column).apply("Relu");
  graph.set_outputs({(scaled * x - column / row).id(), scaled.id()});
  const std::vector<Datum> inputs = inputs_of(graph, 1);
  for (const Backend* backend : {&reference_backend(), &openblas_backend()}) {
    for (const int threads : {1, 2, 3}) {
      ThreadPool pool(threads);
      Program program(graph, {}, {}, *backend, pool);
      expect_identical(program.run(inputs), eager_outputs(graph, inputs, *backend));
    }
  }
}

TEST(Fusion, SplitsGroupsWithTooManyOperands) {
  Graph graph;
  Builder builder(graph);
  Expr sum(builder, builder.input("x", float_type({3})));
  std::vector<Datum> inputs{scattered({3}, 1)};
  for (size_t i = 0; i < 150; ++i) {
    const Expr next(builder, builder.input("", float_type({3})));
    inputs.push_back(scattered({3}, i));
    sum = where(sum > next, sum - next, next);
  }
  graph.set_outputs({sum.id()});
  ThreadPool pool(1);
  Program program(graph, {}, {}, reference_backend(), pool);
  expect_identical(program.run(inputs), eager_outputs(graph, inputs));
}

}  // namespace
}  // namespace twingrad
