#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "exporters/json/model_writer.h"
#include "exporters/onnx/onnx.h"
#include "exporters/onnx/proto.h"
#include "importers/expect_error.h"
#include "importers/json/model_reader.h"
#include "importers/onnx/onnx.h"
#include "ir/test_folder.h"

namespace twingrad {
namespace {

// A model in which every field is set that a writer may set and nothing here computes with, in the
// form that our own writer gives it.
constexpr const char* kFieldsModel = R"(
ir_version: 10
producer_name: "p" producer_version: "1" domain: "d" model_version: 7 doc_string: "of model"
metadata_props { key: "a" value: "1" }
opset_import { version: 21 }
graph {
  name: "g" doc_string: "of graph"
  input { name: "x" doc_string: "of x" type { denotation: "IMAGE" tensor_type { elem_type: 1
    shape { dim { dim_param: "N" denotation: "DATA_BATCH" } dim { dim_value: 3 denotation: "DATA_CHANNEL" } } } } }
  input { name: "s" type { denotation: "LIST" sequence_type { elem_type { denotation: "AUDIO"
    tensor_type { elem_type: 1 shape { dim { dim_value: 2 denotation: "TIME" } } } } } } }
  initializer { dims: 3 data_type: 1 name: "w" doc_string: "of w" raw_data: "\0\0\0\0\0\0\0\0\0\0\200?" }
  node {
    output: "c" name: "constant" op_type: "Constant" doc_string: "of node"
    attribute { name: "value" type: TENSOR doc_string: "of attribute"
      t { dims: 1 data_type: 1 name: "held" doc_string: "of tensor" raw_data: "\0\0\200?" } }
  }
  node {
    input: "x" output: "l" op_type: "LeakyRelu"
    attribute { name: "alpha" type: FLOAT f: 0.01 doc_string: "the default" }
  }
  node { input: "l" input: "w" output: "m" op_type: "Mul" }
  node { input: "m" input: "c" output: "y" op_type: "Add" }
  output { name: "y" doc_string: "of y" type { denotation: "LOGITS" tensor_type { elem_type: 1
    shape { dim { dim_param: "N" denotation: "ROWS" } dim { dim_value: 3 } } } } }
  value_info { name: "w" type { denotation: "WEIGHT" tensor_type { elem_type: 1 shape { dim { dim_value: 3 } } } } }
  value_info { name: "c" type { tensor_type { elem_type: 1 shape { dim { dim_value: 1 } } } } }
  value_info { name: "l" type { tensor_type { elem_type: 1
    shape { dim { dim_param: "N" } dim { dim_value: 3 denotation: "INNER" } } } } }
  value_info { name: "m" type { tensor_type { elem_type: 1 shape { dim { dim_param: "N" } dim { dim_value: 3 } } } } }
  quantization_annotation { tensor_name: "x"
    quant_parameter_tensor_names { key: "SCALE_TENSOR" value: "x_scale" }
    quant_parameter_tensor_names { key: "ZERO_POINT_TENSOR" value: "x_zero" } }
  quantization_annotation { tensor_name: "m"
    quant_parameter_tensor_names { key: "SCALE_TENSOR" value: "m_scale" } }
}
)";

onnx::ModelProto parsed(const std::string& text) {
  onnx::ModelProto proto;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &proto));
  return proto;
}

Model imported(const onnx::ModelProto& proto) {
  const std::string bytes = proto.SerializeAsString();
  return import_onnx(std::as_bytes(std::span(bytes)));
}

void expect_same(const onnx::ModelProto& expected, const Model& model) {
  onnx::ModelProto written;
  ASSERT_TRUE(written.ParseFromString(export_onnx(model, 21)));
  google::protobuf::util::MessageDifferencer compare;
  std::string difference;
  compare.ReportDifferencesToString(&difference);
  EXPECT_TRUE(compare.Compare(expected, written)) << difference;
}

TEST(OnnxFields, AreAllKeptFromOnnxToOnnx) {
  const onnx::ModelProto proto = parsed(kFieldsModel);
  expect_same(proto, imported(proto));
}

TEST(OnnxFields, AreAllKeptFromOnnxOverJsonToOnnx) {
  const onnx::ModelProto proto = parsed(kFieldsModel);
  const TestFolder folder;
  write_json_model(imported(proto), folder.path("model.json"));
  expect_same(proto, read_json_model_file(folder.path("model.json")));
}

TEST(OnnxFields, RefuseAnAnnotationOfNoValue) {
  onnx::ModelProto proto = parsed(kFieldsModel);
  proto.mutable_graph()->mutable_quantization_annotation(0)->set_tensor_name("none");
  expect_error([&] { imported(proto); },
               "a quantization annotation for value 'none', which graph 'g' does not have");
}

}  // namespace
}  // namespace twingrad
