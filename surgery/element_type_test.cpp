#include "surgery/element_type.h"

#include <gtest/gtest.h>

#include <limits>

#include "importers/onnx/onnx.h"
#include "ir/precision.h"
#include "surgery/run_for_tests.h"

namespace twingrad {
namespace {

const std::string kModels = "testdata/references/models/";

Values rounded(const Values& values, DataType type) {
  Values result;
  for (const auto& [name, tensor] : values) result[name] = with_precision(tensor, type);
  return result;
}

TEST(ElementType, OfARealModelChangesItsValuesByRoundingOnly) {
  const Graph model =
      import_onnx(kModels + "digits-cnn-float32/digits_cnn_float32_inference.onnx").graph;
  const Values inputs = drawn_inputs(model);
  const Values expected = outputs_of(model, inputs);
  const std::vector<std::pair<DataType, double>> types = {
      {DataType::kDouble, 1e-5}, {DataType::kFloat16, 1e-2}, {DataType::kBfloat16, 5e-2}};
  for (const auto& [type, tolerance] : types) {
    const Retyped retyped = with_element_type(model, type, 22);
    EXPECT_TRUE(retyped.kept.empty() && retyped.clipped.empty());
    const Values found = outputs_of(retyped.graph, rounded(inputs, type));
    EXPECT_EQ(found.at("logits").type(), type);
    EXPECT_LT(difference_of(found.at("logits"), expected.at("logits")), tolerance);
    for (const Value& value : retyped.graph.values()) {
      EXPECT_TRUE(!kFloatTypes.contains(value.type.element) || value.type.element == type);
    }
  }
}

// x, resized by scales that ONNX has in float32 only.
TEST(ElementType, LeavesDataThatAnOperatorHasInOneTypeOnly) {
  Graph graph;
  Builder builder(graph);
  const ValueId x = builder.input("x", Type::tensor(DataType::kFloat, PartialShape{1, 1, 2, 2}));
  const ValueId scales =
      builder.initializer("scales", Tensor::of<float>({4}, {1.0F, 1.0F, 1.5F, 1.5F}));
  graph.set_outputs({builder.emit_one("Resize", {x, kNoValue, scales})});
  for (const DataType type : {DataType::kFloat16, DataType::kDouble}) {
    const Graph changed = with_element_type(graph, type, 22).graph;
    EXPECT_EQ(changed.value(*changed.find("scales")).type.element, DataType::kFloat);
    EXPECT_EQ(changed.value(changed.outputs()[0]).type.element, type);
    EXPECT_EQ(changed.nodes().size(), 1U);
  }
}

TEST(ElementType, KeepsAnOperatorInFloatBetweenCastsWhereTheOpsetHasNoOther) {
  Graph graph;
  Builder builder(graph);
  const ValueId x = builder.input("x", Type::tensor(DataType::kFloat, PartialShape{2}));
  graph.set_outputs({builder.emit_one("Celu", {x})});
  graph.rename(graph.outputs()[0], "y");
  const Retyped kept = with_element_type(graph, DataType::kFloat16, 22);
  EXPECT_EQ(kept.kept.at("Celu"), 1U);
  EXPECT_EQ(kept.graph.nodes().size(), 3U);
  EXPECT_EQ(kept.graph.value(kept.graph.outputs()[0]).name, "y");
  EXPECT_EQ(kept.graph.value(kept.graph.outputs()[0]).type.element, DataType::kFloat16);
  EXPECT_TRUE(with_element_type(graph, DataType::kFloat16, 28).kept.empty());
}

TEST(ElementType, MakesNoInfinityOfALargeNumber) {
  Graph graph;
  Builder builder(graph);
  const ValueId x = builder.input("x", Type::tensor(DataType::kFloat, PartialShape{2}));
  const float lowest = std::numeric_limits<float>::lowest();
  const float infinite = std::numeric_limits<float>::infinity();
  const ValueId mask = builder.initializer("mask", Tensor::of<float>({2}, {lowest, infinite}));
  graph.set_outputs({builder.emit_one("Add", {x, mask})});
  for (const DataType type : {DataType::kFloat16, DataType::kBfloat16}) {
    const Retyped changed = with_element_type(graph, type, 22);
    const Tensor& data = *changed.graph.value(*changed.graph.find("mask")).data;
    EXPECT_TRUE(std::isfinite(element_as_double(data, 0)) && element_as_double(data, 0) < -65000);
    EXPECT_TRUE(std::isinf(element_as_double(data, 1)));
    EXPECT_EQ(changed.clipped.at("mask"), 1U);
  }
}

}  // namespace
}  // namespace twingrad
