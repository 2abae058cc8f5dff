#include "importers/onnx/onnx.h"

#include <gtest/gtest.h>

#include "importers/expect_error.h"
#include "importers/onnx/model_for_tests.h"
#include "ir/test_folder.h"

namespace twingrad {
namespace {

using Proto = onnx::TensorProto;

// y = relu(x w + b), with the opset of today.
onnx::ModelProto layer() {
  onnx::ModelProto model = empty_model(22);
  model.set_producer_name("a framework");
  auto& graph = *model.mutable_graph();
  add_input(graph, "x", Proto::FLOAT, {2, 3});
  auto& w = add_tensor(graph, "w", Proto::FLOAT, {3, 4});
  for (int i = 0; i < 12; ++i) w.add_float_data(static_cast<float>(i));
  auto& b = add_tensor(graph, "b", Proto::FLOAT, {4});
  b.set_raw_data(std::string(16, '\0'));
  add_node(graph, "MatMul", {"x", "w"}, {"product"}).set_name("multiply");
  add_node(graph, "Add", {"product", "b"}, {"sum"});
  add_node(graph, "Relu", {"sum"}, {"y"});
  add_output(graph, "y");
  return model;
}

TEST(ImportOnnx, KeepsNamesTypesAndData) {
  const Model model = import_proto(layer());
  EXPECT_EQ(model.producer_name, "a framework");
  EXPECT_EQ(model.opset_imports[0].second, 22);
  EXPECT_EQ(operators(model.graph), "MatMul Add Relu");
  EXPECT_EQ(model.graph.node(0).name, "multiply");
  const Value& w = value_of(model.graph, "w");
  EXPECT_EQ(w.kind, Value::Kind::kInitializer);
  EXPECT_EQ(w.data->values<float>()[11], 11.0F);
  EXPECT_EQ(value_of(model.graph, "y").type, Type::tensor(DataType::kFloat, PartialShape{2, 4}));
  EXPECT_EQ(model.graph.outputs().size(), 1U);
}

TEST(ImportOnnx, ReadsAFileAndNamesItInErrors) {
  const TestFolder folder;
  const auto good = folder.write("layer.onnx", layer().SerializeAsString());
  EXPECT_EQ(import_onnx(std::filesystem::path(good)).graph.nodes().size(), 3U);
  const auto empty = folder.write("empty.onnx", "");
  expect_error([&] { import_onnx(std::filesystem::path(empty)); },
               "empty.onnx: empty file, expected ONNX ModelProto");
}

TEST(ImportOnnx, TakesMinusOneForAnExtentThatIsNotKnown) {
  onnx::ModelProto model = layer();
  model.mutable_graph()->clear_input();
  add_input(*model.mutable_graph(), "x", Proto::FLOAT, {-1, 3});
  const Graph graph = import_proto(model).graph;
  EXPECT_EQ(value_of(graph, "y").type,
            Type::tensor(DataType::kFloat, PartialShape{Dimension(), 4}));
}

TEST(ImportOnnx, PutsNodesInOrder) {
  onnx::ModelProto model = layer();
  model.mutable_graph()->mutable_node()->SwapElements(0, 2);
  EXPECT_EQ(operators(import_proto(model).graph), "MatMul Add Relu");
}

TEST(ImportOnnx, TreatsInitializersOfOldFilesAsNoInputs) {
  onnx::ModelProto model = layer();
  add_input(*model.mutable_graph(), "w", Proto::FLOAT, {3, 4});
  const Model newer = import_proto(model);
  EXPECT_EQ(newer.graph.inputs().size(), 2U);
  EXPECT_EQ(value_of(newer.graph, "w").kind, Value::Kind::kInput);
  EXPECT_TRUE(value_of(newer.graph, "w").data.has_value());
  model.set_ir_version(3);
  const Model older = import_proto(model);
  EXPECT_EQ(older.graph.inputs().size(), 1U);
  EXPECT_EQ(value_of(older.graph, "w").kind, Value::Kind::kInitializer);
}

TEST(ImportOnnx, RefinesTypesByWhatIsDeclared) {
  onnx::ModelProto model = layer();
  auto& graph = *model.mutable_graph();
  graph.mutable_input(0)->mutable_type()->mutable_tensor_type()->mutable_shape()->clear_dim();
  graph.mutable_input(0)->mutable_type()->mutable_tensor_type()->clear_shape();
  set_type(*graph.add_value_info(), "product", Proto::FLOAT, {7, 4});
  EXPECT_EQ(value_of(import_proto(model).graph, "y").type,
            Type::tensor(DataType::kFloat, PartialShape{7, 4}));
  set_type(*graph.mutable_value_info(0), "product", Proto::DOUBLE, {7, 4});
  expect_error([&] { import_proto(model); }, "value 'product'");
}

}  // namespace
}  // namespace twingrad
