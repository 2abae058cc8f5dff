#include "backends/static/static_executor.h"

#include "backends/static/test_programs.h"
#include "ir/error.h"
#include "ir/expression.h"

namespace twingrad {
namespace {

Graph scaled(ValueId& weight, ValueId& next) {
  Graph graph;
  Builder builder(graph);
  const Expr x(builder, builder.input("x", float_type({Dimension("batch"), 3})));
  const Expr w(builder, weight = builder.initializer("w", Tensor::of<float>({3}, {1, 2, 3})));
  const std::vector<int64_t> first{0};
  next = (w + reduce_sum(x, first, false)).id();
  graph.set_outputs({(x * w).id()});
  return graph;
}

TEST(StaticExecutor, MakesAProgramForEachShape) {
  ValueId weight = 0;
  ValueId next = 0;
  const Graph graph = scaled(weight, next);
  ThreadPool pool(1);
  StaticExecutor executor(graph, {}, reference_backend(), pool);
  for (const int64_t batch : {2, 4, 2, 0}) {
    const std::vector<Datum> inputs{scattered({batch, 3}, 7)};
    expect_identical(executor.run(inputs), eager_outputs(graph, inputs));
  }
  const std::vector<Datum> two{scattered({2, 3}, 7)};
  const std::vector<Datum> four{scattered({4, 3}, 7)};
  EXPECT_EQ(&executor.program_for(two), &executor.program_for(two));
  EXPECT_NE(&executor.program_for(two), &executor.program_for(four));
}

TEST(StaticExecutor, SharesUpdatesBetweenShapesAndLeavesTheGivenGraphAlone) {
  ValueId weight = 0;
  ValueId next = 0;
  const Graph graph = scaled(weight, next);
  ThreadPool pool(1);
  StaticExecutor executor(graph, {{weight, next}}, reference_backend(), pool);
  executor.run(std::vector<Datum>{Tensor::of<float>({1, 3}, {1, 1, 1})});
  EXPECT_TRUE(identical(executor.parameter("w"), Tensor::of<float>({3}, {2, 3, 4})));
  const auto outputs =
      executor.run(std::vector<Datum>{Tensor::of<float>({2, 3}, {1, 1, 1, 2, 2, 2})});
  EXPECT_TRUE(identical(outputs[0].tensor(), Tensor::of<float>({2, 3}, {2, 3, 4, 4, 6, 8})));
  EXPECT_TRUE(identical(executor.parameter("w"), Tensor::of<float>({3}, {5, 6, 7})));
  EXPECT_TRUE(identical(*graph.value(weight).data, Tensor::of<float>({3}, {1, 2, 3})));
}

TEST(StaticExecutor, TakesNewParameterValues) {
  ValueId weight = 0;
  ValueId next = 0;
  const Graph graph = scaled(weight, next);
  ThreadPool pool(1);
  StaticExecutor executor(graph, {}, reference_backend(), pool);
  const std::vector<Datum> inputs{Tensor::of<float>({1, 3}, {1, 1, 1})};
  executor.run(inputs);
  for (const float value : {5.0F, 6.0F}) {
    executor.set_parameter("w", Tensor::filled(DataType::kFloat, {3}, value));
    EXPECT_TRUE(identical(executor.run(inputs)[0].tensor(),
                          Tensor::filled(DataType::kFloat, {1, 3}, value)));
  }
  EXPECT_TRUE(identical(*graph.value(weight).data, Tensor::of<float>({3}, {1, 2, 3})));
  EXPECT_THROW(executor.set_parameter("w", Tensor::scalar<float>(1)), Error);
  EXPECT_THROW(executor.set_parameter("v", Tensor::scalar<float>(1)), Error);
}

TEST(StaticExecutor, UsesDefaultsOfOmittedInputs) {
  Graph graph;
  Builder builder(graph);
  const Expr x(builder, builder.input("x", float_type({Dimension(), Dimension()})));
  Value shape;
  shape.name = "shape";
  shape.type = Type::tensor(DataType::kInt64, PartialShape{Dimension()});
  shape.data = Tensor::of<int64_t>({1}, {-1});
  const ValueId wanted = graph.add_input(std::move(shape));
  graph.set_outputs({exp(reshape(x, Expr(builder, wanted))).id()});
  ThreadPool pool(1);
  StaticExecutor executor(graph, {}, reference_backend(), pool);
  const Tensor data = scattered({2, 6}, 1);
  EXPECT_EQ(executor.run(std::map<std::string, Datum>{{"x", data}})[0].tensor().shape(),
            Shape({12}));
  for (const int64_t rows : {3, 4}) {
    const Tensor given = Tensor::of<int64_t>({2}, {rows, 12 / rows});
    const auto outputs = executor.run(std::map<std::string, Datum>{{"x", data}, {"shape", given}});
    EXPECT_EQ(outputs[0].tensor().shape(), Shape({rows, 12 / rows}));
  }
  EXPECT_THROW(executor.run(std::map<std::string, Datum>{{"y", data}}), Error);
  EXPECT_THROW(executor.run(std::map<std::string, Datum>{}), Error);
}

}  // namespace
}  // namespace twingrad
