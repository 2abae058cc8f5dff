#include "importers/onnx/test_data.h"

#include <gtest/gtest.h>
#include <onnx/onnx-data_pb.h>

#include "importers/expect_error.h"
#include "ir/builder.h"
#include "ir/error.h"
#include "ir/test_folder.h"

namespace twingrad {
namespace {

using Proto = onnx::TensorProto;

Proto float_proto(std::initializer_list<float> values) {
  Proto proto;
  proto.set_data_type(Proto::FLOAT);
  proto.add_dims(static_cast<int64_t>(values.size()));
  for (const float value : values) proto.add_float_data(value);
  return proto;
}

class OnnxTestData : public testing::Test {
 protected:
  OnnxTestData() {
    Builder builder(graph_);
    const ValueId x = builder.input("x", Type::tensor(DataType::kFloat, PartialShape{2}));
    graph_.set_outputs({builder.emit_one("Relu", {x})});
    put("input_0.pb", float_proto({1, -2}));
    put("output_0.pb", float_proto({1, 0}));
  }
  void put(std::string_view name, const google::protobuf::Message& proto) {
    folder_.write(name, proto.SerializeAsString());
  }
  std::vector<NamedDatum> read() { return read_test_inputs(folder_.path(), graph_); }
  void refused(std::string_view text) {
    expect_error([&] { read(); }, text);
  }

  TestFolder folder_;
  Graph graph_;
};

TEST_F(OnnxTestData, BelongsToInputsAndOutputsByPosition) {
  const auto inputs = read();
  ASSERT_EQ(inputs.size(), 1U);
  EXPECT_EQ(inputs[0].name, "x");
  EXPECT_EQ(inputs[0].datum.tensor().values<float>()[1], -2.0F);
  EXPECT_EQ(read_test_outputs(folder_.path(), graph_).size(), 1U);
  put("output_1.pb", float_proto({1, 0}));
  expect_error([&] { read_test_outputs(folder_.path(), graph_); },
               "2 output files, the graph has 1 outputs");
}

TEST_F(OnnxTestData, RefusesGapsAndSurplus) {
  put("input_2.pb", float_proto({1, 2}));
  refused("input_1.pb is missing, there is input_2.pb");
  put("input_1.pb", float_proto({1, 2}));
  refused("3 input files, the graph has 1 inputs");
}

TEST_F(OnnxTestData, RefusesOtherTypesAndShapes) {
  put("input_0.pb", float_proto({1, 2, 3}));
  refused("input_0.pb ('x'): shape [2] is not [3]");
  Proto integer;
  integer.set_data_type(Proto::INT32);
  integer.add_dims(2);
  integer.add_int32_data(1);
  integer.add_int32_data(1);
  put("input_0.pb", integer);
  refused("type float[2] is not int32[2]");
}

TEST_F(OnnxTestData, RefusesSequencesWhereTheGraphHasATensor) {
  onnx::SequenceProto sequence;
  sequence.set_elem_type(onnx::SequenceProto::TENSOR);
  *sequence.add_tensor_values() = float_proto({1, 2});
  put("input_0.pb", sequence);
  refused("input_0.pb");
  folder_.write("input_0.pb", "\x7f nonsense");
  refused("input_0.pb");
}

TEST_F(OnnxTestData, ReadsSequencesAndOptionals) {
  Graph graph;
  Builder builder(graph);
  const Type vector = Type::tensor(DataType::kFloat, PartialShape{Dimension()});
  const ValueId list = builder.input("list", Type::sequence(vector));
  builder.input("maybe", Type::optional(vector));
  graph.set_outputs({list});
  onnx::SequenceProto sequence;
  sequence.set_elem_type(onnx::SequenceProto::TENSOR);
  *sequence.add_tensor_values() = float_proto({1});
  *sequence.add_tensor_values() = float_proto({2, 3});
  put("input_0.pb", sequence);
  put("output_0.pb", sequence);
  onnx::OptionalProto optional;
  optional.set_elem_type(onnx::OptionalProto::UNDEFINED);
  put("input_1.pb", optional);
  const auto inputs = read_test_inputs(folder_.path(), graph);
  ASSERT_EQ(inputs[0].datum.sequence().size(), 2U);
  EXPECT_EQ(inputs[0].datum.sequence()[1].tensor().element_count(), 2);
  EXPECT_TRUE(inputs[1].datum.empty());
}

}  // namespace
}  // namespace twingrad
