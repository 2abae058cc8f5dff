#include "backends/static/test_programs.h"
#include "ir/expression.h"

namespace twingrad {
namespace {

// The rows of x - 1 for each element of it that is not zero, doubled: an extent that only the data
// tell, after nodes whose shapes are known.
Graph doubled_rows_graph() {
  Graph graph;
  Builder builder(graph);
  const Expr x(builder, builder.input("x", float_type({2, 3})));
  const Expr moved = x - 1.0;
  const Expr places = moved.apply("NonZero");
  const Expr rows = gather(moved, slice(places, 0, 0, 1), 0);
  graph.set_outputs({(rows * 2.0).id(), places.id(), moved.id()});
  return graph;
}

const Tensor kTwoZeros = Tensor::of<float>({2, 3}, {1, 2, 3, 1, 0, -1});

TEST(OpenOutputs, NonZeroListsIndicesInRowMajorOrder) {
  Graph graph;
  Builder builder(graph);
  const Expr x(builder, builder.input("x", float_type({2, 3})));
  graph.set_outputs({x.apply("NonZero").id()});
  const std::vector<Datum> inputs{Tensor::of<float>({2, 3}, {0, 2, -0.0F, 1, 0, -1})};
  const auto outputs = eager_outputs(graph, inputs);
  EXPECT_TRUE(identical(outputs[0].tensor(), Tensor::of<int64_t>({2, 3}, {0, 1, 1, 1, 0, 2})));
}

TEST(OpenOutputs, AScalarHasOneRowOfIndices) {
  Graph graph;
  Builder builder(graph);
  const Expr x(builder, builder.input("x", float_type({})));
  graph.set_outputs({x.apply("NonZero").id()});
  const std::vector<Datum> inputs{Tensor::scalar<float>(3)};
  EXPECT_TRUE(
      identical(eager_outputs(graph, inputs)[0].tensor(), Tensor::of<int64_t>({1, 1}, {0})));
}

TEST(OpenOutputs, AnExtentThatTheDataTellSplitsAProgramAndGivesTheSameBits) {
  const Graph graph = doubled_rows_graph();
  ThreadPool pool(1);
  Program program(graph, {}, {}, reference_backend(), pool);
  for (const float last : {-1.0F, 1.0F, 5.0F}) {
    Tensor x = kTwoZeros.clone();
    x.data<float>()[5] = last;
    const std::vector<Datum> inputs{x};
    expect_identical(program.run(inputs), eager_outputs(graph, inputs));
  }
}

TEST(OpenOutputs, ConstantInputsAreFolded) {
  Graph graph;
  Builder builder(graph);
  const Expr x(builder, builder.constant(kTwoZeros));
  graph.set_outputs({x.apply("NonZero").id()});
  ThreadPool pool(1);
  Program program(graph, {}, {}, reference_backend(), pool);
  EXPECT_EQ(program.statistics().nodes_after, 0u);
  expect_identical(program.run({}), eager_outputs(graph, {}));
}

}  // namespace
}  // namespace twingrad
