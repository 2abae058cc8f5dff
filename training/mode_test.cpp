#include "training/mode.h"

#include <gtest/gtest.h>

#include "importers/onnx/onnx.h"
#include "ir/expression.h"
#include "training/parameters.h"

namespace twingrad {
namespace {

// x[2,3] through BatchNormalization and Dropout, for inference; the mode of the Dropout is an
// initializer or the input "training".
Graph inference_model(bool given_mode) {
  Graph graph;
  Builder builder(graph);
  const ValueId x = builder.input("x", Type::tensor(DataType::kFloat, PartialShape{2, 3}));
  std::vector<ValueId> inputs{x};
  for (const char* name : {"scale", "bias", "mean", "variance"}) {
    inputs.push_back(builder.initializer(name, Tensor::filled(DataType::kFloat, {3}, 1)));
  }
  const ValueId mode =
      given_mode ? builder.input("training", Type::tensor(DataType::kBool, PartialShape()))
                 : builder.initializer("mode", Tensor::scalar(false));
  const ValueId y = builder.emit_one("BatchNormalization", inputs);
  graph.set_outputs({builder.emit_one("Dropout", {y, kNoValue, mode})});
  return graph;
}

const Node& node_of(const Graph& graph, std::string_view op) {
  for (const Node& node : graph.nodes()) {
    if (node.op->name == op) return node;
  }
  throw std::logic_error("no such node");
}

const Tensor* dropout_mode(Graph& graph) {
  const Node& node = node_of(graph, "Dropout");
  return Builder(graph).known(node.inputs[2]);
}

TEST(Mode, TurnsAnInferenceModelIntoATrainingOneAndBack) {
  const Graph model = inference_model(false);
  EXPECT_TRUE(statistics_updates(model).empty());
  Graph training = with_mode(model, true);
  EXPECT_TRUE(node_of(training, "BatchNormalization").attributes.flag("training_mode"));
  EXPECT_EQ(statistics_updates(training).size(), 2U);
  EXPECT_TRUE(*dropout_mode(training)->data<bool>());
  Graph inference = with_mode(training, false);
  EXPECT_FALSE(node_of(inference, "BatchNormalization").attributes.flag("training_mode"));
  EXPECT_EQ(node_of(inference, "BatchNormalization").outputs.size(), 1U);
  EXPECT_FALSE(*dropout_mode(inference)->data<bool>());
}

TEST(Mode, LeavesAModeThatIsGivenWithTheInputs) {
  Graph training = with_mode(inference_model(true), true);
  EXPECT_EQ(dropout_mode(training), nullptr);
  EXPECT_EQ(node_of(training, "Dropout").inputs[2], *training.find("training"));
}

TEST(Mode, GivesTheOldStatisticsWhereNoneAreComputed) {
  Graph model = with_mode(inference_model(false), true);
  const Node& node = node_of(model, "BatchNormalization");
  model.set_outputs({node.outputs[0], node.outputs[1], node.outputs[2]});
  const Graph inference = with_mode(model, false);
  EXPECT_EQ(inference.outputs()[1], *inference.find("mean"));
  EXPECT_EQ(inference.outputs()[2], *inference.find("variance"));
}

TEST(Mode, ReachesNestedGraphsWhoseModeIsCaptured) {
  const Model model = import_onnx("testdata/references/seed/torch/mlp_if.onnx");
  const Graph inference = with_mode(model.graph, false);
  int found = 0;
  for (const GraphPointer& branch : nested_graphs(node_of(inference, "If").attributes)) {
    for (const Node& node : branch->nodes()) {
      if (node.op->name != "Dropout") continue;
      const std::optional<Tensor>& mode = branch->value(node.inputs[2]).data;
      ASSERT_TRUE(mode);
      EXPECT_FALSE(*mode->data<bool>());
      ++found;
    }
  }
  EXPECT_EQ(found, 1);
}

TEST(RunningStatistics, AreNotTrained) {
  for (const bool training : {true, false}) {
    EXPECT_EQ(trainable_parameters(with_mode(inference_model(false), training)),
              (std::vector<std::string>{"scale", "bias"}));
  }
}

}  // namespace
}  // namespace twingrad
