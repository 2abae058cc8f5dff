#include "onnx_forms/form.h"

#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include "ir/error.h"

namespace twingrad {
namespace {

constexpr OnnxForm kTexts[] = {OnnxForm::kText, OnnxForm::kJson};

void expect_refused(OnnxForm form, const std::string& text, std::string_view part) {
  try {
    (void)serialized_form(form, text);
    FAIL() << text.substr(0, 200);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::kInvalid);
    EXPECT_NE(std::string_view(error.what()).find(part), std::string_view::npos) << error.what();
  }
}

void expect_unsupported(OnnxForm form, const onnx::ModelProto& model) {
  try {
    (void)written_form(form, model.SerializeAsString());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::kUnsupported) << error.what();
  }
}

TEST(OnnxForms, AreToldByTheEnding) {
  EXPECT_EQ(onnx_form_of("a/b.onnx"), OnnxForm::kBytes);
  EXPECT_EQ(onnx_form_of("b.textproto"), OnnxForm::kText);
  EXPECT_EQ(onnx_form_of("b.onnx.json"), OnnxForm::kJson);
  EXPECT_EQ(onnx_form_of("b.json"), std::nullopt);
}

TEST(OnnxForms, KeepEveryByte) {
  onnx::ModelProto model;
  model.set_ir_version(10);
  model.set_doc_string("two\nlines, \"quoted\" \xc3\xa9");
  auto& node = *model.mutable_graph()->add_node();
  auto& attribute = *node.add_attribute();
  attribute.set_f(-0.0F);
  attribute.set_i(INT64_MIN);
  attribute.set_s(std::string("\0\xff\n", 3));
  for (const float value : {0.1F, 1e-45F, 3.4028235e38F}) attribute.add_floats(value);
  auto& tensor = *model.mutable_graph()->add_initializer();
  tensor.set_raw_data(std::string("\0\1\x80\xff", 4));
  tensor.add_double_data(5e-324);
  tensor.add_uint64_data(UINT64_MAX);
  tensor.set_data_location(onnx::TensorProto::EXTERNAL);
  const std::string bytes = model.SerializeAsString();
  for (const OnnxForm form : kTexts) {
    const std::string text = written_form(form, bytes);
    EXPECT_NE(text, bytes);
    EXPECT_EQ(serialized_form(form, text), bytes) << text;
  }
}

TEST(OnnxForms, KnowTheFieldsThatCameAfterTheLinkedClasses) {
  const std::string text =
      "ir_version: 10 graph { node { op_type: 'F' overload: 'o' metadata_props { key: 'k' value: "
      "'v' } } metadata_props { key: 'g' } } functions { overload: 'o' value_info { name: 'x' } "
      "attribute_proto { name: 'a' type: INT i: 3 } }";
  const std::string bytes = serialized_form(OnnxForm::kText, text);
  for (const OnnxForm form : kTexts) {
    const std::string again = written_form(form, bytes);
    EXPECT_NE(again.find("overload"), std::string::npos);
    EXPECT_EQ(serialized_form(form, again), bytes) << again;
  }
}

TEST(OnnxForms, ReadJsonUnderBothKindsOfNames) {
  EXPECT_EQ(serialized_form(OnnxForm::kJson, R"({"irVersion": "8"})"),
            serialized_form(OnnxForm::kJson, R"({"ir_version": 8})"));
}

TEST(OnnxForms, RefuseWhatIsNotInTheFormAndSayWhere) {
  expect_refused(OnnxForm::kText, "ir_version: 8\ngrph {}", "line 2, column 6: ");
  expect_refused(OnnxForm::kText, "ir_version: 8 ir_version: 9", "specified multiple times");
  expect_refused(OnnxForm::kText, "ir_version: 99999999999999999999", "line 1");
  expect_refused(OnnxForm::kText, "graph {", "line 1");
  expect_refused(OnnxForm::kText, std::string("\x08\x08\x3a\x00", 4), "line 1");
  expect_refused(OnnxForm::kJson, R"({"irVersion": 8, "grph": {}})", "grph");
  expect_refused(OnnxForm::kJson, R"({"graph": {"node": [{"opType": 3}, 4]}})", "node");
  expect_refused(OnnxForm::kJson, R"({"graph": )", "JSON form");
  expect_refused(OnnxForm::kJson, R"({"graph": {"initializer": [{"rawData": "*"}]}})", "raw");
}

TEST(OnnxForms, RefuseDeepNesting) {
  std::string text = "graph ";
  std::string json = R"({"graph":)";
  constexpr int kLevels = 100'000;
  for (int i = 0; i < kLevels; ++i) {
    text += "{node{attribute{g";
    json += R"({"node":[{"attribute":[{"g":)";
  }
  expect_refused(OnnxForm::kText, text, "");
  expect_refused(OnnxForm::kJson, json, "");
}

TEST(OnnxForms, RefuseToLoseWhatTheyCannotHold) {
  onnx::ModelProto unknown;
  unknown.GetReflection()->MutableUnknownFields(&unknown)->AddVarint(999, 1);
  onnx::ModelProto odd_text;
  odd_text.set_producer_name("\xff");
  onnx::ModelProto odd_number;
  odd_number.mutable_graph()->add_node()->add_attribute()->set_f(
      std::bit_cast<float>(uint32_t{0x7fc00001}));
  for (const OnnxForm form : kTexts) {
    expect_unsupported(form, unknown);
    expect_unsupported(form, odd_number);
  }
  expect_unsupported(OnnxForm::kJson, odd_text);
}

}  // namespace
}  // namespace twingrad
