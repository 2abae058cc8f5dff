#include "parity/retyping_cost.h"

#include <gtest/gtest.h>

#include "ir/builder.h"
#include "ir/precision.h"

namespace twingrad {
namespace {

// y = x * w, where w is one number in all places.
Graph scaled_input(double factor) {
  Graph graph;
  Builder builder(graph);
  const ValueId x = builder.input("x", Type::tensor(DataType::kFloat, Shape({2, 3})));
  const ValueId w = builder.initializer("w", Tensor::filled(DataType::kFloat, {3}, factor));
  const ValueId y = builder.emit_one("Mul", {x, w});
  graph.rename(y, "y");
  graph.set_outputs({y});
  return graph;
}

RetypingCost cost_of(const Graph& graph, DataType type) {
  ThreadPool pool(1);
  return retyping_cost(graph, with_precision(graph, type), type, {}, pool);
}

TEST(RetypingCost, IsTheRoundingOfTheType) {
  const Graph graph = scaled_input(0.3);
  double coarser = 1;
  for (const auto& [type, unit] : {std::pair(DataType::kBfloat16, 0x1p-8),
                                   {DataType::kFloat16, 0x1p-11},
                                   {DataType::kFloat, 0.0}}) {
    const RetypingCost cost = cost_of(graph, type);
    EXPECT_EQ(cost.output.name, "y");
    EXPECT_LE(cost.output.difference, 3 * unit);
    EXPECT_GE(cost.output.difference, unit / 16);
    EXPECT_LE(cost.gradient.difference, 3 * unit);
    EXPECT_TRUE(cost.not_finite.empty());
    EXPECT_LT(cost.output.difference, coarser);
    coarser = cost.output.difference;
  }
}

TEST(RetypingCost, NamesWhatIsNotFinite) {
  const RetypingCost cost = cost_of(scaled_input(60000), DataType::kFloat16);
  EXPECT_EQ(cost.not_finite, "y");
  EXPECT_TRUE(cost_of(scaled_input(60000), DataType::kBfloat16).not_finite.empty());
}

}  // namespace
}  // namespace twingrad
