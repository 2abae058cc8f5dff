#include "parity/drawn_values.h"

#include <gtest/gtest.h>

#include "ir/expression.h"

namespace twingrad {
namespace {

using Names = std::set<std::string>;

// y = Dropout(x * x, ratio, training) and z = x * x.
Graph dropout_graph() {
  Graph graph;
  Builder builder(graph);
  const Type vector = Type::tensor(DataType::kFloat, PartialShape{Dimension(4)});
  const Expr x(builder, builder.input("x", vector));
  const ValueId ratio = builder.input("ratio", Type::tensor(DataType::kFloat, PartialShape{}));
  const ValueId training = builder.input("training", Type::tensor(DataType::kBool, PartialShape{}));
  const Expr z = x * x;
  const ValueId y = builder.emit_one("Dropout", {z.id(), ratio, training}, {});
  graph.rename(z.id(), "z");
  graph.rename(y, "y");
  graph.set_outputs({y, z.id()});
  return graph;
}

TEST(DrawnValues, FollowADropoutThatTrainsOnly) {
  const Graph graph = dropout_graph();
  EXPECT_EQ(values_with_draws(graph, {{"training", Tensor::scalar(true)}}), Names{"y"});
  EXPECT_EQ(values_with_draws(graph, {{"training", Tensor::scalar(false)}}), Names{});
}

TEST(DrawnValues, AreShapedByRatioAndModeNotByTheData) {
  EXPECT_EQ(values_that_shape_draws(dropout_graph()), (Names{"ratio", "training"}));
}

TEST(DrawnValues, AreComparedByTheirMeans) {
  Tensor low(DataType::kFloat, Shape{1000});
  Tensor alike(DataType::kFloat, Shape{1000});
  Tensor high(DataType::kFloat, Shape{1000});
  for (int64_t i = 0; i < 1000; ++i) {
    low.data<float>()[i] = i % 2 == 0 ? 1.0F : 0.0F;
    alike.data<float>()[i] = i < 510 ? 1.0F : 0.0F;
    high.data<float>()[i] = i % 3 == 0 ? 0.0F : 1.0F;
  }
  EXPECT_EQ(compare_statistics("y", "output", low, alike).verdict, Verdict::kPassed);
  EXPECT_EQ(compare_statistics("y", "output", low, high).verdict, Verdict::kFailed);
  EXPECT_EQ(
      compare_statistics("y", "output", low, Tensor::zeros(DataType::kFloat, Shape{999})).verdict,
      Verdict::kFailed);
}

}  // namespace
}  // namespace twingrad
