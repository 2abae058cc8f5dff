#include "training/draws.h"

#include <gtest/gtest.h>

#include "importers/expect_error.h"
#include "importers/onnx/onnx.h"
#include "ir/expression.h"
#include "ir/replay.h"
#include "training/eager_for_tests.h"

namespace twingrad {
namespace {

// Dropout of x[4] with ratio 0.75, whose mode is `mode`, or an input for nullopt.
Graph dropout(std::optional<bool> mode) {
  Graph graph;
  Builder builder(graph);
  const ValueId x = builder.input("x", Type::tensor(DataType::kDouble, PartialShape{4}));
  const ValueId ratio = builder.constant(Tensor::scalar(0.75));
  const ValueId training =
      mode ? builder.constant(Tensor::scalar(*mode))
           : builder.input("training", Type::tensor(DataType::kBool, PartialShape()));
  const std::vector<ValueId> outputs = builder.emit({.op = "Dropout",
                                                     .inputs = {x, ratio, training},
                                                     .output_count = 2,
                                                     .outputs = {"y", "mask"}});
  graph.set_outputs(outputs);
  return graph;
}

std::vector<Tensor> run(const Graph& graph, const std::vector<Tensor>& inputs) {
  return evaluated(inputs, [&](const std::vector<Expr>& x) {
    std::vector<ValueId> ids;
    for (const Expr& input : x) ids.push_back(input.id());
    std::vector<Expr> outputs;
    for (const ValueId id : replay(graph, x[0].builder(), ids)) {
      outputs.emplace_back(x[0].builder(), id);
    }
    return outputs;
  });
}

const Tensor kX = doubles({4}, {1, 2, 3, 4});
const Tensor kMask = Tensor::of<bool>({4}, {true, false, false, true});
const std::vector<double> kDropped = {4, 0, 0, 16};
const std::vector<double> kWhole = {1, 2, 3, 4};

TEST(Draws, ReplaceTheMaskOfDropout) {
  const DrawnGraph drawn = with_draws(dropout(true), {"y"});
  EXPECT_EQ(drawn.inputs.at("y"), "y.draw");
  ASSERT_TRUE(drawn.graph.find("y"));
  const std::vector<Tensor> outputs = run(drawn.graph, {kX, kMask});
  EXPECT_EQ(numbers(outputs[0]), kDropped);
  EXPECT_TRUE(identical(outputs[1], kMask));
}

TEST(Draws, LeaveADropoutThatDoesNotDrop) {
  const DrawnGraph drawn = with_draws(dropout(false), {"y"});
  const std::vector<Tensor> outputs = run(drawn.graph, {kX, kMask});
  EXPECT_EQ(numbers(outputs[0]), kWhole);
  EXPECT_EQ(numbers(outputs[1]), (std::vector<double>{1, 1, 1, 1}));
}

TEST(Draws, FollowAModeThatIsComputed) {
  const DrawnGraph drawn = with_draws(dropout(std::nullopt), {"y"});
  EXPECT_EQ(numbers(run(drawn.graph, {kX, Tensor::scalar(true), kMask})[0]), kDropped);
  const std::vector<Tensor> outputs = run(drawn.graph, {kX, Tensor::scalar(false), kMask});
  EXPECT_EQ(numbers(outputs[0]), kWhole);
  EXPECT_EQ(numbers(outputs[1]), (std::vector<double>{1, 1, 1, 1}));
}

TEST(Draws, ReachIntoNestedGraphs) {
  const Model model = import_onnx("testdata/references/seed/torch/mlp_if.onnx");
  EXPECT_EQ(drawn_values(model.graph), (std::vector<std::string>{"dropped"}));
  const DrawnGraph drawn = with_draws(model.graph, {"dropped"});
  EXPECT_TRUE(drawn_values(drawn.graph).empty());
  EXPECT_EQ(drawn.graph.inputs().size(), model.graph.inputs().size() + 1);
}

TEST(Draws, ReplaceOtherRandomOperatorsByTheirOutput) {
  Graph graph;
  Builder builder(graph);
  const ValueId x = builder.input("x", Type::tensor(DataType::kDouble, PartialShape{4}));
  const Expr noise(builder, builder.emit_one("RandomNormalLike", {x}));
  graph.rename(noise.id(), "noise");
  graph.set_outputs({(Expr(builder, x) + noise).id()});
  const DrawnGraph drawn = with_draws(graph, {"noise"});
  EXPECT_EQ(numbers(run(drawn.graph, {kX, doubles({4}, {1, 0, -1, 2})})[0]),
            (std::vector<double>{2, 2, 2, 6}));
}

TEST(Draws, RefuseNamesThatAreNotDrawn) {
  expect_error([] { with_draws(dropout(true), {"mask"}); },
               "not one random node has the output 'mask'");
}

}  // namespace
}  // namespace twingrad
