#include "surgery/fold.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "importers/onnx/onnx.h"
#include "surgery/run_for_tests.h"

namespace twingrad {
namespace {

const std::string kModelToFold =
    "testdata/references/models/digits-cnn-float32/digits_cnn_float32_inference.onnx";

Folded folded(const Graph& graph, bool inference) {
  ThreadPool pool(1);
  return fold(graph, {.inference = inference}, reference_backend(), pool);
}

void expect_same_function(const Graph& original, const Graph& folded, double tolerance) {
  const Values inputs = drawn_inputs(original);
  const Values expected = outputs_of(original, inputs);
  const Values found = outputs_of(folded, inputs);
  ASSERT_EQ(found.size(), expected.size());
  for (const auto& [name, tensor] : expected) {
    ASSERT_TRUE(found.contains(name)) << name;
    EXPECT_LE(difference_of(found.at(name), tensor), tolerance) << name;
  }
}

size_t count(const Graph& graph, std::string_view op) {
  return static_cast<size_t>(
      std::ranges::count_if(graph.nodes(), [op](const Node& node) { return node.op->name == op; }));
}

struct Network {
  Graph graph;
  Builder builder{graph};
  ValueId x = builder.input("x", Type::tensor(DataType::kFloat, PartialShape{2, 4, 5, 5}));

  ValueId data(const std::string& name, const Shape& shape, uint64_t seed, double offset = 0) {
    Tensor tensor(DataType::kFloat, shape);
    const RandomStream random(seed, 0);
    for (int64_t i = 0; i < tensor.element_count(); ++i) {
      set_element(tensor, i, offset + 0.2 * random.normal(static_cast<uint64_t>(i)));
    }
    return builder.initializer(name, tensor);
  }
  ValueId normalized(ValueId value, const std::string& prefix) {
    return builder.emit_one(
        "BatchNormalization",
        {value, data(prefix + ".scale", {6}, 1, 1), data(prefix + ".bias", {6}, 2),
         data(prefix + ".mean", {6}, 3), data(prefix + ".variance", {6}, 4, 2)});
  }
  void give(ValueId id, const std::string& name) {
    graph.rename(id, name);
    std::vector<ValueId> outputs = graph.outputs();
    outputs.push_back(id);
    graph.set_outputs(outputs);
  }
};

TEST(Fold, PutsEveryNormalizationOfARealModelIntoItsConvolution) {
  const Graph model = import_onnx(kModelToFold).graph;
  const Folded result = folded(model, true);
  EXPECT_EQ(result.counts.normalizations, count(model, "BatchNormalization"));
  EXPECT_EQ(count(result.graph, "BatchNormalization"), 0U);
  expect_same_function(model, result.graph, 1e-6);
  EXPECT_TRUE(result.graph.find("conv1.weight"));
  EXPECT_FALSE(result.graph.find("bn1.weight"));
}

TEST(Fold, LeavesNormalizationWhereTheModelMayBeTrained) {
  const Graph model = import_onnx(kModelToFold).graph;
  const Folded result = folded(model, false);
  EXPECT_EQ(result.counts.normalizations, 0U);
  EXPECT_EQ(result.counts.normalizations_left, 2U);
  EXPECT_EQ(count(result.graph, "BatchNormalization"), 2U);
  EXPECT_EQ(result.graph.initializers().size(), model.initializers().size());
}

TEST(Fold, GivesAConvolutionOfGroupsWithoutBiasOne) {
  Network net;
  const ValueId w = net.data("w", {6, 2, 3, 3}, 5);
  const ValueId y = net.builder.emit_one("Conv", {net.x, w}, {{"group", int64_t{2}}});
  net.give(net.normalized(y, "n"), "y");
  const Folded result = folded(net.graph, true);
  EXPECT_EQ(result.graph.nodes().size(), 1U);
  EXPECT_EQ(result.graph.node(0).inputs[2], *result.graph.find("n.bias"));
  expect_same_function(net.graph, result.graph, 1e-6);
}

TEST(Fold, DoesNotTouchWeightsThatOthersRead) {
  Network net;
  const ValueId w = net.data("w", {6, 4, 1, 1}, 5);
  const ValueId a = net.builder.emit_one("Conv", {net.x, w});
  const ValueId b = net.builder.emit_one("Conv", {net.x, w});
  net.give(net.normalized(a, "n"), "normalized");
  net.give(b, "plain");
  const Folded result = folded(net.graph, true);
  EXPECT_EQ(result.counts.normalizations, 1U);
  expect_same_function(net.graph, result.graph, 1e-6);
}

TEST(Fold, LeavesAConvolutionWhoseResultIsReadElsewhere) {
  Network net;
  const ValueId y = net.builder.emit_one("Conv", {net.x, net.data("w", {6, 4, 1, 1}, 5)});
  net.give(net.normalized(y, "n"), "normalized");
  net.give(y, "before");
  EXPECT_EQ(folded(net.graph, true).counts.normalizations, 0U);
}

TEST(Fold, RemovesIdleNodesAndKeepsTheNamesOfOutputs) {
  Network net;
  const ValueId mode = net.builder.initializer("mode", Tensor::scalar(false));
  const ValueId a = net.builder.emit_one("Identity", {net.x});
  const ValueId b = net.builder.emit_one("Dropout", {a, kNoValue, mode});
  const ValueId c = net.builder.emit_one("Relu", {b});
  net.give(net.builder.emit_one("Identity", {c}), "first");
  net.give(net.builder.emit_one("Identity", {c}), "second");
  net.give(net.builder.emit_one("Identity", {net.x}), "copy");
  const Folded result = folded(net.graph, false);
  EXPECT_EQ(result.counts.identities, 2U);
  EXPECT_EQ(result.counts.dropouts, 1U);
  EXPECT_EQ(count(result.graph, "Relu"), 1U);
  expect_same_function(net.graph, result.graph, 0);
}

TEST(Fold, KeepsADropoutThatDropsOrMay) {
  Network net;
  const ValueId given =
      net.builder.input("training", Type::tensor(DataType::kBool, PartialShape{}));
  const ValueId on = net.builder.initializer("on", Tensor::scalar(true));
  net.give(net.builder.emit_one("Dropout", {net.x, kNoValue, on}), "a");
  net.give(net.builder.emit_one("Dropout", {net.x, kNoValue, given}), "b");
  const Folded result = folded(net.graph, true);
  EXPECT_EQ(result.counts.dropouts, 0U);
  EXPECT_EQ(count(result.graph, "Dropout"), 2U);
}

TEST(Fold, ComputesWhatIsKnownButNothingOfParameters) {
  Network net;
  const ValueId two = net.builder.constant(Tensor::scalar(2.0F));
  const ValueId four = net.builder.emit_one("Mul", {two, two});
  const ValueId parameter = net.data("p", {5}, 1);
  const ValueId scaled = net.builder.emit_one("Mul", {parameter, four});
  net.give(net.builder.emit_one("Add", {net.x, scaled}), "y");
  net.give(net.builder.emit_one("Neg", {four}), "constant");
  const Folded result = folded(net.graph, true);
  EXPECT_EQ(result.counts.constants, 2U);
  EXPECT_EQ(result.graph.nodes().size(), 2U);
  EXPECT_TRUE(result.graph.find("p"));
  expect_same_function(net.graph, result.graph, 0);
}

}  // namespace
}  // namespace twingrad
