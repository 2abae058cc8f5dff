#include "importers/onnx/upgrade/upgrade.h"

#include <gtest/gtest.h>

#include "importers/expect_error.h"
#include "importers/onnx/model_for_tests.h"

namespace twingrad {
namespace {

using Proto = onnx::TensorProto;

// A model of one node, first input "x" of shape [2,3,4,5], second "b" of the given shape.
class OldModel {
 public:
  OldModel(int64_t opset, const std::string& op, std::initializer_list<std::string> inputs,
           std::initializer_list<std::string> outputs = {"y"})
      : model_(empty_model(opset)) {
    add_input(graph(), "x", Proto::FLOAT, {2, 3, 4, 5});
    add_node(graph(), op, inputs, outputs);
    for (const auto& name : outputs) add_output(graph(), name);
  }
  onnx::GraphProto& graph() { return *model_.mutable_graph(); }
  onnx::NodeProto& node() { return *graph().mutable_node(0); }
  void given(const std::string& name, std::vector<int64_t> dims) {
    add_input(graph(), name, Proto::FLOAT, dims);
  }
  Graph read() const { return import_proto(model_).graph; }

 private:
  onnx::ModelProto model_;
};

const Node& last(const Graph& graph) {
  return graph.nodes().back();
}

// The known elements of an input.
std::vector<int64_t> input(const Graph& graph, const Node& node, size_t i) {
  Graph& access = const_cast<Graph&>(graph);  // a Builder reads only here
  const Tensor* data = Builder(access).known(node.inputs.at(i));
  return data == nullptr ? std::vector<int64_t>{-99} : as_int64(*data);
}

TEST(OnnxUpgrade, AlignsTheSecondOperandAtAnAxis) {
  OldModel model(6, "Add", {"x", "b"});
  model.given("b", {3, 4});
  set_int(model.node(), "broadcast", 1);
  set_int(model.node(), "axis", 1);
  const Graph graph = model.read();
  EXPECT_EQ(operators(graph), "Constant Unsqueeze Add");
  EXPECT_EQ(graph.value(last(graph).inputs[1]).type,
            Type::tensor(DataType::kFloat, PartialShape{3, 4, 1}));
  EXPECT_EQ(graph.value(last(graph).outputs[0]).name, "y");
}

TEST(OnnxUpgrade, RefusesOldShapesThatDifferWithoutBroadcast) {
  OldModel model(6, "Mul", {"x", "b"});
  model.given("b", {5});
  expect_error([&] { model.read(); }, "differ, and attribute 'broadcast' is not set");
  set_int(model.node(), "broadcast", 1);
  EXPECT_EQ(operators(model.read()), "Mul");
}

TEST(OnnxUpgrade, PutsSlopesOnTheChannels) {
  OldModel model(6, "PRelu", {"x", "b"});
  model.given("b", {3});
  if (find_op("", "PRelu") == nullptr) GTEST_SKIP() << "no PRelu";
  const Graph graph = model.read();
  EXPECT_EQ(graph.value(last(graph).inputs[1]).type,
            Type::tensor(DataType::kFloat, PartialShape{3, 1, 1}));
}

TEST(OnnxUpgrade, MakesAttributesInputs) {
  OldModel reduce(11, "ReduceMean", {"x"});
  set_ints(reduce.node(), "axes", {1, -1});
  set_int(reduce.node(), "keepdims", 0);
  Graph graph = reduce.read();
  EXPECT_EQ(input(graph, last(graph), 1), (std::vector<int64_t>{1, -1}));
  EXPECT_EQ(value_of(graph, "y").type, Type::tensor(DataType::kFloat, PartialShape{2, 4}));

  OldModel unsqueeze(11, "Unsqueeze", {"x"});
  set_ints(unsqueeze.node(), "axes", {0});
  graph = unsqueeze.read();
  EXPECT_EQ(input(graph, last(graph), 1), (std::vector<int64_t>{0}));

  OldModel reshape(1, "Reshape", {"x"});
  set_ints(reshape.node(), "shape", {6, -1});
  set_ints(reshape.node(), "consumed_inputs", {0});
  graph = reshape.read();
  EXPECT_EQ(value_of(graph, "y").type, Type::tensor(DataType::kFloat, PartialShape{6, 20}));

  OldModel slice(9, "Slice", {"x"});
  set_ints(slice.node(), "starts", {1});
  set_ints(slice.node(), "ends", {3});
  set_ints(slice.node(), "axes", {2});
  graph = slice.read();
  EXPECT_EQ(value_of(graph, "y").type, Type::tensor(DataType::kFloat, PartialShape{2, 3, 2, 5}));
}

TEST(OnnxUpgrade, MakesTheCountOfTopKAnInput) {
  OldModel top_k(1, "TopK", {"x"}, {"y", "places"});
  set_int(top_k.node(), "k", 2);
  set_int(top_k.node(), "axis", 1);
  const Graph graph = top_k.read();
  EXPECT_EQ(input(graph, last(graph), 1), (std::vector<int64_t>{2}));
  EXPECT_EQ(value_of(graph, "y").type, Type::tensor(DataType::kFloat, PartialShape{2, 2, 4, 5}));
  EXPECT_EQ(last(graph).attributes.integer("largest"), 1);
}

TEST(OnnxUpgrade, RefusesOldNodesWithoutTheirAttributes) {
  expect_error([] { OldModel(1, "TopK", {"x"}).read(); }, "attribute 'k' is missing");
  expect_error([] { OldModel(11, "Unsqueeze", {"x"}).read(); },
               "node (Unsqueeze): attribute 'axes' is missing");
  expect_error([] { OldModel(9, "Slice", {"x"}).read(); }, "attribute 'starts' is missing");
}

TEST(OnnxUpgrade, FlattensForSoftmaxOfOldWhereItsAxisIsNotTheLast) {
  if (find_op("", "Softmax") == nullptr) GTEST_SKIP() << "no Softmax";
  OldModel middle(11, "Softmax", {"x"});
  set_int(middle.node(), "axis", 2);
  Graph graph = middle.read();
  EXPECT_EQ(operators(graph), "Flatten Softmax Shape Reshape");
  EXPECT_EQ(graph.node(0).attributes.integer("axis"), 2);
  EXPECT_EQ(value_of(graph, "y").type, Type::tensor(DataType::kFloat, PartialShape{2, 3, 4, 5}));
  OldModel end(11, "Softmax", {"x"});
  set_int(end.node(), "axis", 3);
  graph = end.read();
  EXPECT_EQ(operators(graph), "Softmax");
  EXPECT_EQ(last(graph).attributes.integer("axis"), -1);
  EXPECT_EQ(operators(OldModel(13, "Softmax", {"x"}).read()), "Softmax");
}

TEST(OnnxUpgrade, KeepsNormalizationOfInference) {
  if (find_op("", "BatchNormalization") == nullptr) GTEST_SKIP() << "no BatchNormalization";
  OldModel model(6, "BatchNormalization", {"x", "s", "b", "m", "v"});
  for (const char* name : {"s", "b", "m", "v"}) model.given(name, {3});
  set_int(model.node(), "is_test", 1);
  Graph graph = model.read();
  EXPECT_EQ(operators(graph), "BatchNormalization");
  EXPECT_FALSE(last(graph).attributes.flag("training_mode"));
  model.node().clear_attribute();
  EXPECT_TRUE(last(model.read()).attributes.flag("training_mode"));
}

TEST(OnnxUpgrade, TellsTrainingByOutputsWhereThereIsNoFlag) {
  if (find_op("", "BatchNormalization") == nullptr) GTEST_SKIP() << "no BatchNormalization";
  OldModel inference(9, "BatchNormalization", {"x", "s", "b", "m", "v"});
  OldModel training(9, "BatchNormalization", {"x", "s", "b", "m", "v"}, {"y", "mean", "var"});
  for (const char* name : {"s", "b", "m", "v"}) {
    inference.given(name, {3});
    training.given(name, {3});
  }
  EXPECT_FALSE(last(inference.read()).attributes.flag("training_mode"));
  EXPECT_TRUE(last(training.read()).attributes.flag("training_mode"));
  training.node().add_output("saved_mean");
  expect_error([&] { training.read(); }, "'saved_mean' and 'saved_var' of opset 9");
}

TEST(OnnxUpgrade, NormalizesEveryPositionForItself) {
  OldModel model(7, "BatchNormalization", {"x", "s", "b", "m", "v"});
  for (const char* name : {"s", "b", "m", "v"}) model.given(name, {3, 4, 5});
  set_int(model.node(), "spatial", 0);
  if (find_op("", "BatchNormalization") == nullptr) GTEST_SKIP() << "no BatchNormalization";
  EXPECT_EQ(operators(model.read()), "Sub Constant Add Sqrt Div Mul Add");
}

TEST(OnnxUpgrade, DropsOnlyWhereTheOldFlagSaysSo) {
  if (find_op("", "Dropout") == nullptr) GTEST_SKIP() << "no Dropout";
  OldModel test(6, "Dropout", {"x"});
  set_int(test.node(), "is_test", 1);
  set_float(test.node(), "ratio", 0.25F);
  EXPECT_EQ(last(test.read()).inputs.size(), 2U);
  EXPECT_EQ(last(OldModel(6, "Dropout", {"x"}).read()).inputs.size(), 3U);
  EXPECT_EQ(last(OldModel(10, "Dropout", {"x"}).read()).inputs.size(), 2U);
  const Graph masked = OldModel(7, "Dropout", {"x"}, {"y", "mask"}).read();
  EXPECT_EQ(operators(masked), "Constant Dropout Cast");
  EXPECT_EQ(value_of(masked, "mask").type.element, DataType::kFloat);
}

TEST(OnnxUpgrade, SetsDefaultsOfOld) {
  EXPECT_EQ(last(OldModel(3, "Concat", {"x", "x"}).read()).attributes.integer("axis"), 1);
  OldModel cast(5, "Cast", {"x"});
  set_text(cast.node(), "to", "INT32");
  EXPECT_EQ(last(cast.read()).attributes.integer("to"), Proto::INT32);
  cast.node().mutable_attribute(0)->set_s("UNDEFINED");
  expect_error([&] { cast.read(); }, "is no element type: 'UNDEFINED'");
}

TEST(OnnxUpgrade, NamesSuccessorsOfOperatorsThatAreNoMore) {
  OldModel model(10, "Scatter", {"x", "i", "x"});
  add_input(model.graph(), "i", Proto::INT64, {2, 3, 4, 5});
  EXPECT_EQ(operators(model.read()), "ScatterElements");
  EXPECT_EQ(newest_name("Upsample", 9), "Resize");
}

TEST(OnnxUpgrade, CountsTheOutputsOfSplit) {
  if (find_op("", "Split") == nullptr) GTEST_SKIP() << "no Split";
  OldModel model(13, "Split", {"x"}, {"a", "b"});
  const Graph graph = model.read();
  EXPECT_EQ(last(graph).attributes.integer("num_outputs"), 2);
  set_int(model.node(), "axis", 1);
  expect_error([&] { model.read(); }, "a dimension of 3 has no 2 equal parts");
}

TEST(OnnxUpgrade, ReadsEveryFormOfConstant) {
  const auto constant = [](auto set) {
    onnx::ModelProto model = empty_model(21);
    set(add_node(*model.mutable_graph(), "Constant", {}, {"y"}));
    add_output(*model.mutable_graph(), "y");
    return import_proto(model).graph.node(0).attributes.tensor("value");
  };
  const Tensor number = constant([](auto& node) { set_int(node, "value_int", 7); });
  EXPECT_TRUE(identical(number, Tensor::scalar(int64_t{7})));
  const Tensor list = constant([](auto& node) { set_ints(node, "value_ints", {1, 2}); });
  EXPECT_EQ(as_int64(list), (std::vector<int64_t>{1, 2}));
  const Tensor text = constant([](auto& node) { set_text(node, "value_string", "hi"); });
  EXPECT_EQ(text.strings()[0], "hi");
  const Tensor sparse = constant([](auto& node) {
    auto& attribute = add_attribute(node, "sparse_value", onnx::AttributeProto::SPARSE_TENSOR);
    auto& proto = *attribute.mutable_sparse_tensor();
    proto.add_dims(3);
    proto.mutable_values()->set_data_type(Proto::INT32);
    proto.mutable_values()->add_dims(1);
    proto.mutable_values()->add_int32_data(4);
    proto.mutable_indices()->set_data_type(Proto::INT64);
    proto.mutable_indices()->add_dims(1);
    proto.mutable_indices()->add_int64_data(2);
  });
  EXPECT_EQ(as_int64(sparse), (std::vector<int64_t>{0, 0, 4}));
  expect_error([&] { constant([](auto&) {}); }, "must have one attribute, found 0");
  expect_error([&] { constant([](auto& node) { set_int(node, "value_float", 1); }); },
               "of another type than its name says");
}

// Scan-8 has a batch axis: the newest Scan over the batch holds one over the sequence.
TEST(OnnxUpgrade, NestsScansForTheBatchOfOld) {
  onnx::ModelProto model = empty_model(8);
  auto& graph = *model.mutable_graph();
  add_input(graph, "initial", Proto::FLOAT, {2, 4});
  add_input(graph, "x", Proto::FLOAT, {2, 3, 4});
  auto& node = add_node(graph, "Scan", {"", "initial", "x"}, {"final", "all"});
  set_int(node, "num_scan_inputs", 1);
  auto& body = set_graph(node, "body");
  add_input(body, "state", Proto::FLOAT, {4});
  add_input(body, "slice", Proto::FLOAT, {4});
  add_node(body, "Add", {"state", "slice"}, {"sum"});
  add_node(body, "Identity", {"sum"}, {"copy"});
  add_output(body, "sum");
  add_output(body, "copy");
  add_output(graph, "final");
  add_output(graph, "all");
  const Graph read = import_proto(model).graph;
  EXPECT_EQ(read.node(0).attributes.integer("num_scan_inputs"), 2);
  EXPECT_EQ(operators(*read.node(0).attributes.graph("body")), "Scan");
  EXPECT_EQ(value_of(read, "final").type, Type::tensor(DataType::kFloat, PartialShape{2, 4}));
  EXPECT_EQ(value_of(read, "all").type, Type::tensor(DataType::kFloat, PartialShape{2, 3, 4}));
}

TEST(OnnxUpgrade, MakesTheClassesOfLabelEncoderKeysAndValues) {
  onnx::ModelProto model = empty_model(9);
  auto& domain = *model.add_opset_import();
  domain.set_domain("ai.onnx.ml");
  domain.set_version(1);
  auto& graph = *model.mutable_graph();
  add_input(graph, "x", Proto::STRING, {2});
  auto& node = add_node(graph, "LabelEncoder", {"x"}, {"y"});
  node.set_domain("ai.onnx.ml");
  auto& classes = add_attribute(node, "classes_strings", onnx::AttributeProto::STRINGS);
  classes.add_strings("a");
  classes.add_strings("b");
  add_output(graph, "y");
  const Model read = import_proto(model);
  const Attributes& attributes = last(read.graph).attributes;
  EXPECT_EQ(attributes.get<std::vector<std::string>>("keys_strings"),
            (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(attributes.integers("values_int64s"), (std::vector<int64_t>{0, 1}));
  EXPECT_FALSE(attributes.has("classes_strings"));
}

}  // namespace
}  // namespace twingrad
