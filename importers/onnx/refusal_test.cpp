#include <gtest/gtest.h>

#include "importers/damage_for_tests.h"
#include "importers/onnx/model_for_tests.h"
#include "importers/onnx/parse.h"

namespace twingrad {
namespace {

using Proto = onnx::TensorProto;

// y = Gemm(x, w) with as many kinds of fields as a small model can have.
onnx::ModelProto good() {
  onnx::ModelProto model = empty_model(21);
  model.set_producer_name("p");
  auto& entry = *model.add_metadata_props();
  entry.set_key("k");
  entry.set_value("v");
  auto& graph = *model.mutable_graph();
  add_input(graph, "x", Proto::FLOAT, {2, 3});
  auto& w = add_tensor(graph, "w", Proto::FLOAT, {3, 1});
  for (int i = 0; i < 3; ++i) w.add_float_data(1);
  auto& node = add_node(graph, "Gemm", {"x", "w"}, {"product"});
  set_float(node, "alpha", 2);
  auto& condition = add_tensor(graph, "flag", Proto::BOOL, {});
  condition.add_int32_data(1);
  auto& choice = add_node(graph, "If", {"flag"}, {"y"});
  for (const char* name : {"then_branch", "else_branch"}) {
    auto& branch = set_graph(choice, name);
    add_node(branch, "Relu", {"product"}, {"inner"});
    add_output(branch, "inner");
  }
  add_output(graph, "y");
  return model;
}

void refused(const onnx::ModelProto& model, std::string_view text) {
  expect_error([&] { import_proto(model); }, text);
}

TEST(ImportOnnxRefusal, SurvivesEveryTruncationAndFlippedBit) {
  const std::string bytes = good().SerializeAsString();
  EXPECT_EQ(import_bytes(bytes).graph.nodes().size(), 2U);
  for (size_t length = 0; length < bytes.size(); ++length) {
    try {
      import_bytes(bytes.substr(0, length));
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    }
  }
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    try {
      import_bytes(damaged);
    } catch (const Error& error) {
      EXPECT_STRNE(error.what(), "");
    }
  }
}

TEST(ImportOnnxRefusal, SaysWhereTheBytesEnd) {
  const std::string bytes = good().SerializeAsString();
  const std::string part = bytes.substr(0, bytes.size() / 2);
  expect_error([&] { import_bytes(part); },
               "truncated protobuf at byte " + std::to_string(part.size()));
}

TEST(ImportOnnxRefusal, SaysWhatOtherFilesAre) {
  expect_error([] { import_bytes(""); }, "empty file, expected ONNX ModelProto");
  expect_error([] { import_bytes("\x89PNG\r\n\x1a\n and more"); }, "looks like a PNG image");
  expect_error([] { import_bytes("<!DOCTYPE html><html></html>"); }, "looks like HTML");
  expect_error([] { import_bytes("version https://git-lfs.github.com/spec/v1\n"); },
               "looks like a Git LFS pointer");
  expect_error([] { import_bytes("{\"graph\": {}}"); }, "looks like JSON");
  expect_error([] { import_bytes("\x12\x01p"); }, "not an ONNX model: no graph");
}

TEST(ImportOnnxRefusal, NamesMalformedFields) {
  const std::string start = "\x08\x0a";  // ir_version 10
  expect_error([&] { import_bytes(start + "\x3e"); }, "malformed protobuf field 7 at byte 2");
  expect_error([&] { import_bytes(start + std::string("\x00", 1)); },
               "malformed protobuf field 0 at byte 2");
  expect_error([&] { import_bytes(start + "\x08" + std::string(11, '\xff') + "\x01"); },
               "protobuf");
  // A node (field 1) of a graph of four bytes claims 100.
  expect_error([&] { import_bytes(start + "\x3a\x04\x0a\x64xx" + "\x2a\x01z"); },
               "malformed protobuf field 1 at byte 4");
}

TEST(ImportOnnxRefusal, ChecksVersions) {
  onnx::ModelProto model = good();
  for (const int64_t version : {int64_t{0}, int64_t{2}, int64_t{15}, int64_t{1} << 62}) {
    model.set_ir_version(version);
    refused(model, "unsupported IR version " + std::to_string(version) + " (supported 3..14)");
  }
  model = good();
  model.clear_opset_import();
  refused(model, "no opset of domain 'ai.onnx' is imported");
  model.add_opset_import()->set_version(0);
  refused(model, "opset 0 of domain 'ai.onnx' is unsupported");
  model.mutable_opset_import(0)->set_version(999);
  refused(model, "opset 999 of domain 'ai.onnx' is unsupported");
  model = good();
  auto& again = *model.add_opset_import();
  again.set_domain("ai.onnx");
  again.set_version(21);
  refused(model, "opset of domain 'ai.onnx' is imported twice");
}

TEST(ImportOnnxRefusal, ListsEveryUnsupportedOperator) {
  onnx::ModelProto model = good();
  auto& own = *model.add_opset_import();
  own.set_domain("com.example");
  own.set_version(3);
  auto& graph = *model.mutable_graph();
  for (const char* name : {"first", "second"}) {
    auto& node = add_node(graph, "Fancy", {"x"}, {name});
    node.set_domain("com.example");
    node.set_name(name);
  }
  add_node(graph, "NoSuchThing", {"x"}, {"third"});
  try {
    import_proto(model);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::kUnsupported);
    EXPECT_STREQ(error.what(),
                 "node 'third': op 'NoSuchThing' not supported (opset 21); node 'first': op "
                 "'com.example::Fancy' not supported (opset 3) and 1 more of it");
  }
}

TEST(ImportOnnxRefusal, RefusesOperatorsOfOurOwn) {
  onnx::ModelProto model = good();
  auto& own = *model.add_opset_import();
  own.set_domain("twingrad");
  own.set_version(1);
  add_node(*model.mutable_graph(), "ReluGradient", {"x", "x"}, {"z"}).set_domain("twingrad");
  refused(model, "op 'twingrad::ReluGradient' not supported");
}

TEST(ImportOnnxRefusal, ChecksNames) {
  onnx::ModelProto model = good();
  model.mutable_graph()->mutable_node(0)->set_input(0, "nobody");
  refused(model, "node 'product' (Gemm): value 'nobody' is never produced");
  model = good();
  model.mutable_graph()->mutable_output(0)->set_name("nobody");
  refused(model, "output of graph 'main': value 'nobody' is never produced");
  model = good();
  add_node(*model.mutable_graph(), "Relu", {"x"}, {"y"});
  refused(model, "value 'y' is defined twice");
  model = good();
  *model.mutable_graph()->add_initializer() = model.graph().initializer(0);
  refused(model, "initializer 'w' is defined twice");
  model = good();
  model.mutable_graph()->mutable_input(0)->set_name("");
  refused(model, "an input has no name");
}

TEST(ImportOnnxRefusal, RefusesCycles) {
  onnx::ModelProto model = good();
  add_node(*model.mutable_graph(), "Relu", {"q"}, {"p"});
  add_node(*model.mutable_graph(), "Relu", {"p"}, {"q"});
  refused(model, "the graph has a cycle through, or before, value 'p'");
}

TEST(ImportOnnxRefusal, ChecksAttributes) {
  using Attribute = onnx::AttributeProto;
  const auto with = [](auto change) {
    onnx::ModelProto model = good();
    change(*model.mutable_graph()->mutable_node(0));
    return model;
  };
  refused(with([](auto& n) { n.mutable_attribute(0)->clear_type(); }),
          "node 'product' (Gemm): attribute 'alpha': has no type");
  refused(with([](auto& n) { n.mutable_attribute(0)->set_type(Attribute::UNDEFINED); }),
          "has no type");
  refused(with([](auto& n) {
            auto& attribute = *n.mutable_attribute(0);
            attribute.clear_type();
            attribute.GetReflection()->MutableUnknownFields(&attribute)->AddVarint(20, 77);
          }),
          "field type of AttributeProto has an unknown value");
  refused(with([](auto& n) { n.mutable_attribute(0)->set_type(Attribute::INT); }),
          "holds a value of another type");
  refused(with([](auto& n) { n.mutable_attribute(0)->set_name("beta2"); }),
          "unknown attribute 'beta2'");
  refused(with([](auto& n) { *n.add_attribute() = n.attribute(0); }), "given twice");
  refused(with([](auto& n) { set_text(n, "transA", "yes"); }), "must be of type int");
  refused(with([](auto& n) { n.set_op_type("Concat"), n.clear_attribute(); }),
          "attribute 'axis' is missing");
  refused(with([](auto& n) { n.mutable_attribute(0)->set_ref_attr_name("a"); }), "has a value");
}

TEST(ImportOnnxRefusal, ChecksInputsOfNodes) {
  onnx::ModelProto model = good();
  model.mutable_graph()->mutable_node(0)->set_input(1, "");
  refused(model, "input 'B' is missing");
  model = good();
  for (int i = 0; i < 3; ++i) model.mutable_graph()->mutable_node(0)->add_input("w");
  refused(model, "at most 3 are allowed");
}

TEST(ImportOnnxRefusal, IsAWarningWhereAShapeIsDeclaredThatTheNodeDoesNotGive) {
  onnx::ModelProto model = good();
  auto& output = *model.mutable_graph()->mutable_output(0);
  set_type(output, output.name(), Proto::FLOAT, {7});
  const std::string bytes = model.SerializeAsString();
  const Model read = import_onnx(std::as_bytes(std::span(bytes)));
  ASSERT_EQ(read.warnings.size(), 1u);
  EXPECT_NE(read.warnings[0].find("is declared float[7], its node gives float["), std::string::npos)
      << read.warnings[0];
  set_type(output, output.name(), Proto::DOUBLE, {7});
  refused(model, "is not");
}

TEST(ImportOnnxRefusal, ComparesDeclaredTypesWithData) {
  onnx::ModelProto model = good();
  add_input(*model.mutable_graph(), "w", Proto::DOUBLE, {3, 1});
  refused(model, "input 'w' and its initializer");
  model = good();
  set_type(*model.mutable_graph()->add_value_info(), "w", Proto::FLOAT, {4, 1});
  refused(model, "value 'w': shape [3,1] is not [4,1]");
  model = good();
  set_type(*model.mutable_graph()->mutable_input(0), "x", 0, {2, 3});
  refused(model, "value 'x': element type 0 is not known");
  set_type(*model.mutable_graph()->mutable_input(0), "x", Proto::FLOAT, {2, -3});
  refused(model, "value 'x': negative dimension -3");
}

TEST(ImportOnnxRefusal, EscapesAndCutsNames) {
  onnx::ModelProto model = good();
  model.mutable_graph()->mutable_node(0)->set_input(0, "\x1b[31m%n\n" + std::string(5000, 'a'));
  try {
    import_proto(model);
    FAIL();
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_LT(text.size(), 300U);
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_NE(text.find("\\x1b[31m%n\\x0a"), std::string::npos);
  }
}

TEST(ImportOnnxRefusal, NamesWhatItDoesNotKeep) {
  onnx::ModelProto model = good();
  model.add_training_info();
  model.add_training_info();
  refused(model, "more than one training_info (2)");
  model = good();
  model.GetReflection()->MutableUnknownFields(&model)->AddLengthDelimited(26, "x");
  refused(model, "field 26 of ModelProto is not supported");
  model = good();
  auto& node = *model.mutable_graph()->mutable_node(0);
  node.GetReflection()->MutableUnknownFields(&node)->AddLengthDelimited(10, "x");
  refused(model, "field 10 of NodeProto is not supported");
}

TEST(ImportOnnxRefusal, AcceptsModelsOfAnotherDomainOnlyWhereItHasTheirOperators) {
  onnx::ModelProto model = good();
  model.mutable_opset_import(0)->set_domain("ai.onnx.ml");
  refused(model, "no opset of domain 'ai.onnx' is imported");
}

}  // namespace
}  // namespace twingrad
