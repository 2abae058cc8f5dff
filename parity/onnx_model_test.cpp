#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "exporters/onnx/onnx.h"
#include "importers/onnx/onnx.h"
#include "ir/builder.h"
#include "ir/error.h"
#include "ir/same_model.h"
#include "ir/test_folder.h"
#include "parity/conversion.h"

namespace twingrad {
namespace {

// The reader and the writer of ONNX models know nothing of each other; here they meet.

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Model read_back(const Model& model) {
  const std::string bytes = export_onnx(model);
  return import_onnx(std::as_bytes(std::span(bytes)));
}

// What a file says of its own encoding changes with the encoding.
std::string onnx_round_trip_difference(Model model) {
  Model read = read_back(model);
  EXPECT_EQ(export_onnx(read), export_onnx(model));
  read.ir_version = model.ir_version;
  read.opset_imports = model.opset_imports;
  return difference(model, read);
}

TEST(OnnxModel, ReadsBackEveryFileOfTheRepository) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("testdata")) {
    if (entry.path().extension() != ".onnx") continue;
    Model model;
    try {
      model = import_onnx(entry.path());
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Error::Kind::kUnsupported) << error.what();
      continue;
    }
    EXPECT_EQ(onnx_round_trip_difference(model), "") << entry.path();
    ++count;
  }
  EXPECT_GT(count, 10U);
}

TEST(OnnxModel, ReadsBackTheTextFormsOfEveryFileOfTheRepository) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("testdata")) {
    if (entry.path().extension() != ".onnx") continue;
    const std::string bytes = content(entry.path());
    for (const OnnxForm form : {OnnxForm::kText, OnnxForm::kJson}) {
      const std::string again = serialized_form(form, written_form(form, bytes));
      EXPECT_EQ(again.size(), bytes.size()) << entry.path();
      ++count;
      try {
        const Model model = import_onnx(entry.path());
        const Model read = import_onnx(std::as_bytes(std::span(again)), entry.path().parent_path());
        EXPECT_EQ(difference(model, read), "") << entry.path();
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), Error::Kind::kUnsupported) << error.what();
      }
    }
  }
  EXPECT_GT(count, 20U);
}

TEST(OnnxModel, KeepsEveryElementTypeBitForBit) {
  Model model;
  model.graph.name = "g";
  Builder builder(model.graph);
  for (int number = 1; number < kDataTypeCount; ++number) {
    const auto type = static_cast<DataType>(number);
    Tensor tensor(type, Shape{3});
    if (type == DataType::kString) {
      tensor = Tensor::of_strings({3}, {"", std::string("\0\xff", 2), "text"});
    } else {
      for (int64_t i = 0; i < 3; ++i) set_element(tensor, i, static_cast<double>(i % 2));
    }
    const std::string name(data_type_name(type));
    const ValueId data = builder.initializer(name, tensor);
    model.graph.value(data).metadata = {{"key", name}};
    builder.input("input_" + name, Type::tensor(type, PartialShape{Dimension("N"), Dimension()}));
  }
  builder.input("list", Type::sequence(Type::optional(Type::tensor(DataType::kInt8))));
  builder.input("map", Type::map(DataType::kString, Type::tensor(DataType::kFloat)));
  EXPECT_EQ(onnx_round_trip_difference(model), "");
}

TEST(OnnxModel, KeepsTextsOfEveryLevel) {
  Model model;
  model.producer_name = "producer";
  model.producer_version = "1";
  model.domain = "domain";
  model.model_version = -3;
  model.doc_string = "doc";
  model.metadata = {{"a", "1"}, {"b", "2"}};
  model.graph.name = "graph";
  model.graph.doc_string = "of graph";
  model.graph.metadata = {{"c", "3"}};
  Builder builder(model.graph);
  const ValueId x = builder.input("x", Type::tensor(DataType::kFloat));
  model.graph.value(x).doc_string = "of x";
  NodeSpec spec{.op = "Abs", .inputs = {x}};
  spec.outputs = {"y"};
  spec.doc_string = "of node";
  spec.metadata = {{"d", "4"}};
  const ValueId y = builder.emit(std::move(spec))[0];
  model.graph.value(y).metadata = {{"e", "5"}};
  const ValueId sparse = builder.initializer("sparse", Tensor::of<float>({3}, {0.0F, -0.0F, 2.0F}));
  model.graph.value(sparse).stored_sparse = true;
  model.graph.value(sparse).doc_string = "of sparse";
  model.graph.set_outputs({y});
  EXPECT_EQ(onnx_round_trip_difference(model), "");
}

TEST(OnnxModel, KeepsWhatRandomNodesDraw) {
  Model model;
  model.graph.name = "g";
  Builder builder(model.graph);
  const ValueId x = builder.input("x", Type::tensor(DataType::kFloat, PartialShape{4}));
  std::vector<ValueId> outputs;
  for (const int64_t stream : {int64_t{0}, int64_t{77}}) {
    NodeSpec spec{.op = "RandomUniformLike", .inputs = {x}};
    spec.attributes = {{"stream", stream}};
    outputs.push_back(builder.emit(std::move(spec))[0]);
  }
  model.graph.set_outputs(outputs);
  EXPECT_EQ(onnx_round_trip_difference(model), "");
}

TEST(OnnxModel, KeepsFunctionsWithOverloadsAndDefaults) {
  auto function = std::make_shared<Function>();
  function->domain = "own";
  function->name = "Leaky";
  function->overload = "soft";
  function->doc_string = "doc";
  function->metadata = {{"k", "v"}};
  function->required_attributes = {"slope"};
  function->default_attributes = {{"unused", std::vector<float>{0.5F}}};
  function->opset_imports = {{"", 21}, {"own", 1}};
  Builder body(function->body);
  NodeSpec leaky{.op = "LeakyRelu", .inputs = {body.input("a", Type())}};
  leaky.attributes = {{"alpha", AttributeReference{"slope", AttributeType::kFloat}}};
  leaky.outputs = {"b"};
  function->body.set_outputs(body.emit(std::move(leaky)));
  Model model;
  model.graph.name = "g";
  model.functions = {function};
  model.opset_imports = {{"", 21}, {"own", 1}};
  Builder builder(model.graph);
  NodeSpec call{.op = "Leaky", .inputs = {builder.input("x", Type::tensor(DataType::kFloat))}};
  call.domain = "own";
  call.function = function;
  call.attributes = {{"slope", 0.25F}};
  call.outputs = {"y"};
  model.graph.set_outputs(builder.emit(std::move(call)));
  EXPECT_EQ(onnx_round_trip_difference(model), "");
}

TEST(OnnxModel, ReadsBackTensorsOfEveryTypeFromTheFileBeside) {
  const TestFolder folder;
  Model model;
  model.graph.name = "g";
  Builder builder(model.graph);
  for (int number = 1; number < kDataTypeCount; ++number) {
    const auto type = static_cast<DataType>(number);
    if (type == DataType::kString) continue;
    Tensor tensor = Tensor::zeros(type, Shape{5});
    set_element(tensor, 4, 1);
    builder.initializer(std::string(data_type_name(type)), tensor);
  }
  export_onnx(model, folder.path("m.onnx"), {.opset = {}, .external_threshold = 1});
  Model read = import_onnx(std::filesystem::path(folder.path("m.onnx")));
  EXPECT_EQ(different_computation(model, read), "");
  EXPECT_GT(folder.read("m.onnx.data").size(), 4096U * (kDataTypeCount - 3));
  EXPECT_EQ(tensor_bytes(read), tensor_bytes(model));
  read.graph.value(*read.graph.find("double")).data->data<double>()[3] = -0.0;
  EXPECT_EQ(different_computation(model, read),
            "value 'double': data: elements of double[5] differ");
}

}  // namespace
}  // namespace twingrad
