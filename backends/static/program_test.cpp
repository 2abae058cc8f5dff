#include "backends/static/program.h"

#include "backends/static/test_programs.h"
#include "ir/error.h"
#include "ir/expression.h"

namespace twingrad {
namespace {

// relu(x w + b) v, with everything that a program treats differently: views, broadcasting, a value
// that is both output and input of others.
struct Network {
  Graph graph;
  ValueId w, b, loss, hidden;
  explicit Network(int64_t batch = 5) {
    Builder builder(graph);
    const Expr x(builder, builder.input("x", float_type({batch, 7})));
    const Expr weights(builder, w = builder.initializer("w", scattered({7, 4}, 1)));
    const Expr bias(builder, b = builder.initializer("b", scattered({4}, 2)));
    const Expr sum = (matmul(x, weights) + bias).apply("Relu");
    hidden = sum.id();
    const std::vector<int64_t> flat{batch * 4};
    const std::vector<int64_t> all{0};
    const Expr squares = square(reshape(sum, flat));
    loss = reduce_sum(squares, all, false).id();
    graph.set_outputs({loss, hidden, squares.id()});
  }
};

TEST(Program, ComputesWhatEagerExecutionDoes) {
  const Network network;
  const std::vector<Datum> inputs{scattered({5, 7}, 3)};
  for (const int threads : {1, 2, 3}) {
    ThreadPool pool(threads);
    Program program(network.graph, {}, {}, reference_backend(), pool);
    for (int run = 0; run < 2; ++run) {
      expect_identical(program.run(inputs), eager_outputs(network.graph, inputs));
    }
  }
}

TEST(Program, GivesOutputsThatAnotherRunLeavesAlone) {
  const Network network;
  ThreadPool pool(1);
  Program program(network.graph, {}, {}, reference_backend(), pool);
  const std::vector<Datum> first{scattered({5, 7}, 3)};
  const std::vector<Datum> outputs = program.run(first);
  program.run(std::vector<Datum>{scattered({5, 7}, 4)});
  expect_identical(outputs, eager_outputs(network.graph, first));
}

TEST(Program, UpdatesParametersInPlace) {
  Network network;
  Builder builder(network.graph);
  const Expr w(builder, network.w);
  const Expr b(builder, network.b);
  const Expr new_w = w - w * 0.25 * Expr(builder, network.loss);
  const Expr new_b = b * 0.5 + w.apply("ReduceSum", {w.integers({0})}, {{"keepdims", int64_t{0}}});
  std::vector<ValueId> outputs = network.graph.outputs();
  outputs.push_back(network.w);
  outputs.push_back(new_w.id());
  outputs.push_back(new_b.id());
  network.graph.set_outputs(outputs);
  const std::vector<Update> updates{{network.w, new_w.id()}, {network.b, new_b.id()}};
  const std::vector<Datum> inputs{scattered({5, 7}, 3)};
  ThreadPool pool(2);
  Program program(network.graph, {}, updates, reference_backend(), pool);
  for (int run = 0; run < 3; ++run) {
    Graph before = network.graph;
    for (const Update& update : updates) {
      before.value(update.parameter).data = before.value(update.parameter).data->clone();
    }
    const std::vector<Datum> expected = eager_outputs(before, inputs);
    expect_identical(program.run(inputs), expected);
    EXPECT_TRUE(identical(*network.graph.value(network.w).data, expected[4].tensor()));
    EXPECT_TRUE(identical(*network.graph.value(network.b).data, expected[5].tensor()));
  }
}

TEST(Program, SwapsParametersThatAreEachOthersUpdates) {
  Graph graph;
  Builder builder(graph);
  const ValueId a = builder.initializer("a", Tensor::of<float>({2}, {1, 2}));
  const ValueId b = builder.initializer("b", Tensor::of<float>({2}, {3, 4}));
  graph.set_outputs({a});
  const std::vector<Update> updates{{a, b}, {b, a}};
  ThreadPool pool(1);
  Program program(graph, {}, updates, reference_backend(), pool);
  EXPECT_TRUE(identical(program.run({})[0].tensor(), Tensor::of<float>({2}, {1, 2})));
  EXPECT_TRUE(identical(*graph.value(a).data, Tensor::of<float>({2}, {3, 4})));
  EXPECT_TRUE(identical(*graph.value(b).data, Tensor::of<float>({2}, {1, 2})));
}

TEST(Program, RunsWhatDependsOnValues) {
  Graph graph;
  Builder builder(graph);
  const Expr limit(builder, builder.input("limit", Type::tensor(DataType::kInt64, PartialShape{})));
  const Expr x(builder, builder.input("x", float_type({4, 3})));
  const std::vector<int64_t> all_axes{0, 1};
  // 0, 1, ... as long as the value of `limit` says; [4,3] under the shape that two of them spell.
  const Expr range = limit.like(0).apply("Range", {limit, limit.like(1)});
  const Expr numbers = cast(range, DataType::kFloat) * 2.0 + reduce_sum(x, all_axes, false);
  const Expr extents = slice(range, 0, 2, 3) * 3.0;
  const Expr turned = exp(reshape(exp(x), concat(std::vector{extents, extents.integers({-1})}, 0)));
  graph.set_outputs({numbers.id(), turned.id(), reduce_sum(turned, all_axes, true).id()});
  ThreadPool pool(2);
  Program program(graph, {}, {}, reference_backend(), pool);
  EXPECT_GT(program.statistics().dynamic_steps, 0U);
  for (const int64_t length : {9, 3, 5}) {
    const std::vector<Datum> inputs{Tensor::scalar<int64_t>(length), scattered({4, 3}, 3)};
    const std::vector<Datum> found = program.run(inputs);
    expect_identical(found, eager_outputs(graph, inputs));
    EXPECT_EQ(found[0].tensor().shape(), Shape({length}));
    EXPECT_EQ(found[1].tensor().shape(), Shape({6, 2}));
  }
}

TEST(Program, RefusesInputsOfOtherTypes) {
  const Network network;
  ThreadPool pool(1);
  Program program(network.graph, {}, {}, reference_backend(), pool);
  EXPECT_THROW(program.run(std::vector<Datum>{scattered({5, 8}, 3)}), Error);
  EXPECT_THROW(program.run(std::vector<Datum>{scattered({5, 7}, 3, DataType::kDouble)}), Error);
  EXPECT_THROW(program.run(std::vector<Datum>{Datum()}), Error);
  EXPECT_THROW(program.run({}), Error);
}

TEST(Program, ChecksTheMemoryLimitBeforeItAllocates) {
  const Network network(1 << 20);
  ThreadPool pool(1);
  ProgramOptions options;
  options.memory_limit = 1 << 20;
  EXPECT_THROW(Program(network.graph, {}, {}, reference_backend(), pool, options), Error);
}

}  // namespace
}  // namespace twingrad
