#include "exporters/onnx/onnx.h"

#include <gtest/gtest.h>

#include "exporters/onnx/lower.h"
#include "exporters/onnx/proto.h"
#include "exporters/onnx/required_opset.h"
#include "ir/builder.h"
#include "ir/domains.h"
#include "ir/error.h"
#include "ir/test_folder.h"

namespace twingrad {
namespace {

onnx::ModelProto exported(const Model& model, std::optional<int64_t> opset = std::nullopt) {
  onnx::ModelProto proto;
  EXPECT_TRUE(proto.ParseFromString(export_onnx(model, opset)));
  return proto;
}

const Type kVector = Type::tensor(DataType::kFloat, PartialShape{Dimension("N")});

TEST(ExportOnnx, WritesNamesTypesAndData) {
  Model model;
  model.producer_name = "p";
  Builder builder(model.graph);
  const ValueId x = builder.input("x", kVector);
  const ValueId w = builder.initializer("w", Tensor::of<float>({1}, {-0.0F}));
  NodeSpec spec{.op = "Add", .inputs = {x, w}};
  spec.name = "plus";
  spec.outputs = {"y"};
  model.graph.set_outputs(builder.emit(std::move(spec)));
  const onnx::ModelProto proto = exported(model);
  EXPECT_EQ(proto.ir_version(), 10);
  EXPECT_EQ(proto.opset_import(0).version(), kOldestChosenOpset);
  EXPECT_EQ(proto.graph().node(0).name(), "plus");
  EXPECT_EQ(proto.graph().initializer(0).raw_data(), std::string("\0\0\0\x80", 4));
  EXPECT_EQ(proto.graph().output(0).type().tensor_type().shape().dim(0).dim_param(), "N");
}

TEST(ExportOnnx, KeepsTheNameOfAnOutputThatIsConstant) {
  Model model;
  Builder builder(model.graph);
  const ValueId y = builder.constant(Tensor::of<float>({1}, {2}));
  model.graph.rename(y, "y");
  model.graph.set_outputs({y});
  EXPECT_EQ(exported(lowered(model)).graph().output(0).name(), "y");
}

TEST(ExportOnnx, GivesEachNodeANameOfItsOwn) {
  Model model;
  Builder builder(model.graph);
  ValueId x = builder.input("x", kVector);
  for (const char* name : {"twice", "twice", "", "twice_1", ""}) {
    NodeSpec spec{.op = "Neg", .inputs = {x}};
    spec.name = name;
    x = builder.emit(std::move(spec))[0];
  }
  model.graph.set_outputs({x});
  const onnx::ModelProto proto = exported(model);
  EXPECT_FALSE(proto.graph().name().empty());
  std::vector<std::string> names;
  for (const auto& node : proto.graph().node()) names.push_back(node.name());
  EXPECT_EQ(names, (std::vector<std::string>{"twice", "twice_1", "", "twice_1_1", ""}));
}

TEST(ExportOnnx, TakesTheOldestOpsetThatSuffices) {
  Model model;
  Builder builder(model.graph);
  const ValueId x = builder.input("x", Type::tensor(DataType::kBfloat16, PartialShape{2}));
  model.graph.set_outputs({builder.emit_one("Sin", {x})});
  EXPECT_EQ(exported(model).opset_import(0).version(), 22);
  EXPECT_EQ(exported(model, 28).opset_import(0).version(), 28);
  EXPECT_EQ(exported(model, 28).ir_version(), 14);
  try {
    export_onnx(model, 21);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::kUnsupported);
    EXPECT_STREQ(error.what(), "opset 21 cannot express the model: node '' (Sin) needs opset 22");
  }
  EXPECT_THROW(export_onnx(model, 12), Error);
}

TEST(ExportOnnx, LeavesDefaultsOutAndMakesConstantsNodes) {
  Model model;
  Builder builder(model.graph);
  const ValueId x = builder.input("x", kVector);
  const ValueId two = builder.constant(Tensor::scalar(2.0F));
  builder.constant(Tensor::scalar(3.0F));  // nobody uses it
  const ValueId y = builder.emit_one("Mul", {x, two});
  model.graph.set_outputs({builder.emit_one("Cast", {y}, {{"to", int64_t{11}}})});
  const onnx::ModelProto proto = exported(model);
  ASSERT_EQ(proto.graph().node_size(), 3);
  EXPECT_EQ(proto.graph().node(0).op_type(), "Constant");
  ASSERT_EQ(proto.graph().node(2).attribute_size(), 1);
  EXPECT_EQ(proto.graph().node(2).attribute(0).name(), "to");
}

TEST(ExportOnnx, CopiesValuesThatAreReturnedTwice) {
  Model model;
  Builder builder(model.graph);
  const ValueId y = builder.emit_one("Abs", {builder.input("x", kVector)});
  model.graph.set_outputs({y, y});
  const onnx::ModelProto proto = exported(model);
  EXPECT_NE(proto.graph().output(0).name(), proto.graph().output(1).name());
  EXPECT_EQ(proto.graph().node(1).op_type(), "Identity");
}

// A branch whose own value has the name of an outer one, and which returns a capture.
TEST(ExportOnnx, MakesCapturesReferencesAndNamesDistinct) {
  const auto branch = [](bool clash) {
    auto graph = std::make_shared<Graph>();
    Builder builder(*graph);
    Value capture;
    capture.name = "inside";
    capture.type = kVector;
    const ValueId x = graph->add_input(capture, true);
    NodeSpec spec{.op = "Neg", .inputs = {x}};
    spec.outputs = {"flag"};
    graph->set_outputs({clash ? builder.emit(std::move(spec))[0] : x});
    return GraphPointer(graph);
  };
  Model model;
  Builder builder(model.graph);
  const ValueId flag = builder.input("flag", Type::tensor(DataType::kBool, PartialShape{}));
  const ValueId x = builder.input("outside", kVector);
  NodeSpec spec{.op = "If", .inputs = {flag}};
  spec.attributes = {{"then_branch", branch(true)}, {"else_branch", branch(false)}};
  spec.captures = {x};
  model.graph.set_outputs(builder.emit(std::move(spec)));
  const onnx::ModelProto proto = exported(model);
  ASSERT_EQ(proto.graph().node(0).input_size(), 1);
  for (const auto& attribute : proto.graph().node(0).attribute()) {
    const auto& nested = attribute.g();
    EXPECT_EQ(nested.input_size(), 0);
    EXPECT_EQ(nested.node(0).input(0), "outside");
    EXPECT_EQ(nested.node(0).op_type(), attribute.name() == "then_branch" ? "Neg" : "Identity");
    EXPECT_NE(nested.output(0).name(), "flag");
    EXPECT_NE(nested.output(0).name(), "outside");
  }
}

Model with_internal_operator() {
  Model model;
  Builder builder(model.graph);
  const ValueId y = builder.input("y", kVector);
  const ValueId dy = builder.input("dy", kVector);
  NodeSpec spec{.op = "ReluGradient", .inputs = {y, dy}, .domain = kInternalDomain};
  spec.outputs = {"dx"};
  model.graph.set_outputs(builder.emit(std::move(spec)));
  return model;
}

TEST(ExportOnnx, RefusesOperatorsOfOurOwnByName) {
  try {
    export_onnx(with_internal_operator());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::kUnsupported);
    EXPECT_STREQ(error.what(), "ONNX does not have the operators twingrad::ReluGradient");
  }
}

TEST(LowerOnnx, WritesOwnOperatorsInTermsOfOnnxs) {
  const onnx::ModelProto proto = exported(lowered(with_internal_operator()));
  EXPECT_EQ(proto.graph().output(0).name(), "dx");
  EXPECT_EQ(proto.graph().node(proto.graph().node_size() - 1).op_type(), "Where");
  for (const auto& node : proto.graph().node()) EXPECT_EQ(node.domain(), "");
}

TEST(ExportOnnx, ImportsEveryDomainThatIsUsed) {
  Model model;
  Builder builder(model.graph);
  NodeSpec spec{.op = "Gelu", .inputs = {builder.input("x", kVector)}, .domain = kMicrosoftDomain};
  model.graph.set_outputs(builder.emit(std::move(spec)));
  const onnx::ModelProto proto = exported(model);
  ASSERT_EQ(proto.opset_import_size(), 2);
  EXPECT_EQ(proto.opset_import(1).domain(), "com.microsoft");
  EXPECT_EQ(proto.opset_import(1).version(), 1);
  model.opset_imports = {{"com.microsoft", 1}};
  EXPECT_EQ(exported(model).opset_import_size(), 2);
}

TEST(ExportOnnx, NamesTheFileThatItCannotWrite) {
  const TestFolder folder;
  Model model;
  export_onnx(model, folder.path("empty.onnx"));
  EXPECT_FALSE(folder.read("empty.onnx").empty());
  try {
    export_onnx(with_internal_operator(), folder.path("own.onnx"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("own.onnx"), std::string::npos);
  }
}

std::string external_entry(const onnx::TensorProto& tensor, const std::string& key) {
  for (const auto& entry : tensor.external_data()) {
    if (entry.key() == key) return entry.value();
  }
  return "";
}

TEST(ExportOnnx, WritesLargeInitializersBesideTheModelAtMultiplesOfAPage) {
  const TestFolder folder;
  Model model;
  Builder builder(model.graph);
  builder.initializer("small", Tensor::of<int8_t>({3}, {1, 2, 3}));
  builder.initializer("five", Tensor::of<int8_t>({5}, {1, 2, 3, 4, 5}));
  builder.initializer("text", Tensor::of_strings({1}, {"longer than all"}));
  builder.initializer("two", Tensor::of<float>({2}, {6, 7}));
  export_onnx(model, folder.path("m.onnx"), {.opset = {}, .external_threshold = 4});
  onnx::ModelProto proto;
  ASSERT_TRUE(proto.ParseFromString(folder.read("m.onnx")));
  EXPECT_EQ(proto.graph().initializer(0).raw_data(), "\1\2\3");
  EXPECT_EQ(proto.graph().initializer(2).string_data(0), "longer than all");
  const std::string data = folder.read("m.onnx.data");
  for (const auto& [index, offset] : {std::pair{1, 0}, std::pair{3, 4096}}) {
    const onnx::TensorProto& tensor = proto.graph().initializer(index);
    EXPECT_EQ(tensor.data_location(), onnx::TensorProto::EXTERNAL);
    EXPECT_EQ(external_entry(tensor, "location"), "m.onnx.data");
    EXPECT_EQ(external_entry(tensor, "offset"), std::to_string(offset));
    EXPECT_EQ(external_entry(tensor, "length"), index == 1 ? "5" : "8");
  }
  EXPECT_EQ(data.size(), 4104U);
  EXPECT_EQ(data.substr(0, 6), std::string("\1\2\3\4\5\0", 6));
}

}  // namespace
}  // namespace twingrad
