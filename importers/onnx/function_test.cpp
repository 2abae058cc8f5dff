#include <gtest/gtest.h>

#include "importers/expect_error.h"
#include "importers/onnx/model_for_tests.h"
#include "importers/onnx/unknown_fields.h"

namespace twingrad {
namespace {

using Proto = onnx::TensorProto;

void add_unknown(google::protobuf::Message& message, int field, const std::string& bytes) {
  message.GetReflection()->MutableUnknownFields(&message)->AddLengthDelimited(field, bytes);
}

onnx::FunctionProto& add_function(onnx::ModelProto& model, const std::string& name) {
  onnx::FunctionProto& function = *model.add_functions();
  function.set_domain("own");
  function.set_name(name);
  function.add_opset_import()->set_version(21);
  auto& own = *function.add_opset_import();
  own.set_domain("own");
  own.set_version(1);
  function.add_input("a");
  function.add_output("b");
  return function;
}

onnx::ModelProto with_call(const std::string& name) {
  onnx::ModelProto model = empty_model(21);
  auto& own = *model.add_opset_import();
  own.set_domain("own");
  own.set_version(1);
  auto& graph = *model.mutable_graph();
  add_input(graph, "x", Proto::FLOAT, {2, 3});
  add_node(graph, name, {"x"}, {"y"}).set_domain("own");
  add_output(graph, "y");
  return model;
}

// own::Leaky(a; slope) = LeakyRelu(a; alpha = slope).
onnx::ModelProto leaky() {
  onnx::ModelProto model = with_call("Leaky");
  auto& function = add_function(model, "Leaky");
  function.add_attribute("slope");
  auto& node = add_node(function, "LeakyRelu", {"a"}, {"b"});
  add_attribute(node, "alpha", onnx::AttributeProto::FLOAT).set_ref_attr_name("slope");
  set_float(*model.mutable_graph()->mutable_node(0), "slope", 0.25F);
  return model;
}

TEST(ImportOnnxFunction, StaysAFunctionWithReferences) {
  const Model model = import_proto(leaky());
  ASSERT_EQ(model.functions.size(), 1U);
  EXPECT_EQ(operators(model.graph), "Leaky()");
  const Node& node = model.functions[0]->body.node(0);
  EXPECT_EQ(node.attributes.get<AttributeReference>("alpha").name, "slope");
  EXPECT_EQ(value_of(model.graph, "y").type, Type::tensor(DataType::kFloat, PartialShape{2, 3}));
}

TEST(ImportOnnxFunction, NeedsItsAttributesUnlessTheyHaveDefaults) {
  onnx::ModelProto model = leaky();
  model.mutable_graph()->mutable_node(0)->clear_attribute();
  expect_error([&] { import_proto(model); }, "attribute 'slope' is missing");
  auto& function = *model.mutable_functions(0);
  function.clear_attribute();
  onnx::AttributeProto slope;
  slope.set_name("slope");
  slope.set_type(onnx::AttributeProto::FLOAT);
  slope.set_f(0.5F);
  add_unknown(function, onnx_field::kFunctionDefaults, slope.SerializeAsString());
  EXPECT_EQ(import_proto(model).functions[0]->default_attributes.real("slope"), 0.5F);
}

TEST(ImportOnnxFunction, RefusesReferencesToWhatItDoesNotHave) {
  onnx::ModelProto model = leaky();
  model.mutable_functions(0)->mutable_node(0)->mutable_attribute(0)->set_ref_attr_name("other");
  expect_error([&] { import_proto(model); }, "refers to attribute 'other'");
  model = leaky();
  *model.mutable_graph()->mutable_node(0) = model.functions(0).node(0);
  model.mutable_graph()->mutable_node(0)->set_input(0, "x");
  model.mutable_graph()->mutable_node(0)->set_output(0, "y");
  expect_error([&] { import_proto(model); }, "refers to attribute 'slope' outside of a function");
}

TEST(ImportOnnxFunction, RefusesAttributesAndInputsThatItDoesNotHave) {
  onnx::ModelProto model = leaky();
  set_int(*model.mutable_graph()->mutable_node(0), "extra", 1);
  expect_error([&] { import_proto(model); }, "the function has no attribute 'extra'");
  model = leaky();
  model.mutable_graph()->mutable_node(0)->add_input("x");
  expect_error([&] { import_proto(model); }, "has 2 inputs, the function has 1");
}

// A Constant of a reference, as exporters write it, has no form without the call.
TEST(ImportOnnxFunction, IsWrittenOutWhereItsFormDependsOnTheCall) {
  onnx::ModelProto model = with_call("Sum");
  auto& function = add_function(model, "Sum");
  function.add_attribute("along");
  auto& constant = add_node(function, "Constant", {}, {"axes"});
  add_attribute(constant, "value_ints", onnx::AttributeProto::INTS).set_ref_attr_name("along");
  add_node(function, "ReduceSum", {"a", "axes"}, {"b"});
  auto& call = *model.mutable_graph()->mutable_node(0);
  call.set_name("call");
  set_ints(call, "along", {1});
  const Model read = import_proto(model);
  EXPECT_TRUE(read.functions.empty());
  EXPECT_EQ(operators(read.graph), "Constant ReduceSum");
  EXPECT_EQ(value_of(read.graph, "y").type, Type::tensor(DataType::kFloat, PartialShape{2, 1}));
  EXPECT_TRUE(read.graph.find("call/axes").has_value());
}

TEST(ImportOnnxFunction, IsChosenByOverload) {
  onnx::ModelProto model = with_call("Pick");
  add_node(add_function(model, "Pick"), "Abs", {"a"}, {"b"});
  auto& second = add_function(model, "Pick");
  add_node(second, "Neg", {"a"}, {"b"});
  add_unknown(second, onnx_field::kFunctionOverload, "negative");
  add_unknown(*model.mutable_graph()->mutable_node(0), onnx_field::kNodeOverload, "negative");
  const Model read = import_proto(model);
  EXPECT_EQ(read.functions.size(), 2U);
  EXPECT_EQ(operators(read.graph.node(0).function->body), "Neg");
  model.mutable_functions(1)->mutable_unknown_fields()->Clear();
  expect_error([&] { import_proto(model); }, "function 'Pick' is defined twice");
}

TEST(ImportOnnxFunction, RefusesRecursionOverWhateverDetour) {
  onnx::ModelProto model = with_call("First");
  auto& first = add_function(model, "First");
  add_node(first, "Second", {"a"}, {"b"}).set_domain("own");
  auto& second = add_function(model, "Second");
  add_node(second, "Cast", {"a"}, {"flag"});
  auto& branch = set_graph(add_node(second, "If", {"flag"}, {"b"}), "then_branch");
  add_node(branch, "First", {"a"}, {"c"}).set_domain("own");
  expect_error([&] { import_proto(model); }, "calls itself");
}

TEST(ImportOnnxFunction, LimitsDepthAndExpansion) {
  onnx::ModelProto deep = with_call("f0");
  onnx::ModelProto wide = with_call("f0");
  for (int i = 0; i < 120; ++i) {
    const std::string next = "f" + std::to_string(i + 1);
    auto& function = add_function(deep, "f" + std::to_string(i));
    add_node(function, i < 119 ? next : "Abs", {"a"}, {"b"}).set_domain(i < 119 ? "own" : "");
    if (i >= 30) continue;
    auto& doubled = add_function(wide, "f" + std::to_string(i));
    add_node(doubled, i < 29 ? next : "Abs", {"a"}, {"m"}).set_domain(i < 29 ? "own" : "");
    add_node(doubled, i < 29 ? next : "Abs", {"m"}, {"b"}).set_domain(i < 29 ? "own" : "");
  }
  expect_error([&] { import_proto(deep); }, "calls are nested deeper than 100");
  expect_error([&] { import_proto(wide); }, "expand to more than 1000000 nodes");
}

}  // namespace
}  // namespace twingrad
