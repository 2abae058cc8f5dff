#include <gtest/gtest.h>

#include "importers/expect_error.h"
#include "importers/onnx/model_for_tests.h"

namespace twingrad {
namespace {

using Proto = onnx::TensorProto;

// y = flag ? x + w : x, where both branches use values from outside.
onnx::ModelProto branches() {
  onnx::ModelProto model = empty_model(21);
  auto& graph = *model.mutable_graph();
  add_input(graph, "flag", Proto::BOOL, {});
  add_input(graph, "x", Proto::FLOAT, {2});
  add_tensor(graph, "w", Proto::FLOAT, {2}).set_raw_data(std::string(8, '\0'));
  auto& node = add_node(graph, "If", {"flag"}, {"y"});
  auto& yes = set_graph(node, "then_branch");
  add_node(yes, "Add", {"x", "w"}, {"sum"});
  add_output(yes, "sum");
  auto& no = set_graph(node, "else_branch");
  add_node(no, "Identity", {"x"}, {"same"});
  add_output(no, "same");
  add_output(graph, "y");
  return model;
}

TEST(ImportOnnxNested, MakesOuterValuesTheSameCapturesOfEveryGraph) {
  const Model model = import_proto(branches());
  const Node& node = model.graph.node(0);
  ASSERT_EQ(node.captures, 2U);
  ASSERT_EQ(node.inputs.size(), 3U);
  EXPECT_EQ(model.graph.value(node.inputs[1]).name, "x");
  EXPECT_EQ(model.graph.value(node.inputs[2]).name, "w");
  for (const char* name : {"then_branch", "else_branch"}) {
    const Graph& branch = *node.attributes.graph(name);
    ASSERT_EQ(branch.capture_count(), 2U);
    EXPECT_EQ(branch.value(branch.inputs()[0]).name, "x");
    EXPECT_EQ(branch.value(branch.inputs()[1]).name, "w");
  }
  EXPECT_EQ(value_of(model.graph, "y").type, Type::tensor(DataType::kFloat, PartialShape{2}));
}

TEST(ImportOnnxNested, PassesCapturesThroughEveryLevel) {
  onnx::ModelProto model = branches();
  onnx::GraphProto& graph = *model.mutable_graph();
  onnx::NodeProto inner = graph.node(0);
  auto& outer_node = *graph.mutable_node(0);
  for (auto& attribute : *outer_node.mutable_attribute()) {
    auto& branch = *attribute.mutable_g();
    branch.clear_node();
    branch.clear_output();
    *branch.add_node() = inner;
    branch.mutable_node(0)->set_output(0, "inner_y");
    add_output(branch, "inner_y");
  }
  const Model read = import_proto(model);
  const Node& outer = read.graph.node(0);
  EXPECT_EQ(outer.captures, 3U);  // flag, x, w
  const Graph& branch = *outer.attributes.graph("then_branch");
  EXPECT_EQ(branch.node(0).captures, 2U);
  EXPECT_EQ(operators(*branch.node(0).attributes.graph("then_branch")), "Add");
}

TEST(ImportOnnxNested, WaitsForCapturedValuesThatComeLaterInTheFile) {
  onnx::ModelProto model = branches();
  auto& graph = *model.mutable_graph();
  graph.mutable_node(0)->mutable_attribute(0)->mutable_g()->mutable_node(0)->set_input(1, "later");
  add_node(graph, "Neg", {"w"}, {"later"});
  EXPECT_EQ(operators(import_proto(model).graph), "Neg If");
}

TEST(ImportOnnxNested, RefusesNamesOfOuterValues) {
  onnx::ModelProto model = branches();
  auto& yes = *model.mutable_graph()->mutable_node(0)->mutable_attribute(0)->mutable_g();
  yes.mutable_node(0)->set_input(0, "w");
  yes.mutable_node(0)->set_output(0, "x");
  yes.mutable_output(0)->set_name("x");
  expect_error([&] { import_proto(model); }, "value 'x' is defined twice");
}

TEST(ImportOnnxNested, NamesTheWayToAnError) {
  onnx::ModelProto model = branches();
  auto& yes = *model.mutable_graph()->mutable_node(0)->mutable_attribute(0)->mutable_g();
  yes.mutable_node(0)->set_input(1, "nobody");
  expect_error([&] { import_proto(model); }, "value 'nobody' is never produced");
  yes.mutable_node(0)->set_input(1, "flag");
  expect_error([&] { import_proto(model); },
               "node 'y' (If): attribute 'then_branch': node 'sum' (Add): ");
}

TEST(ImportOnnxNested, RefusesBranchesOfDifferentLengths) {
  onnx::ModelProto model = branches();
  auto& yes = *model.mutable_graph()->mutable_node(0)->mutable_attribute(0)->mutable_g();
  add_output(yes, "w");
  expect_error([&] { import_proto(model); }, "the branches have 2 and 1 outputs");
}

onnx::ModelProto loop(int declared) {
  onnx::ModelProto model = empty_model(21);
  auto& graph = *model.mutable_graph();
  add_input(graph, "count", Proto::INT64, {});
  add_input(graph, "x", Proto::FLOAT, {2});
  auto& node = add_node(graph, "Loop", {"count", "", "x"}, {"last"});
  auto& body = set_graph(node, "body");
  add_input(body, "turn", Proto::INT64, {});
  add_input(body, "go", Proto::BOOL, {});
  add_input(body, "state", declared, {2});
  add_node(body, "Identity", {"go"}, {"go_on"});
  add_node(body, "Abs", {"state"}, {"next"});
  add_output(body, "go_on");
  add_output(body, "next");
  add_output(graph, "last");
  return model;
}

TEST(ImportOnnxNested, RefusesBodiesThatDeclareOtherTypes) {
  EXPECT_EQ(operators(*import_proto(loop(Proto::FLOAT)).graph.node(0).attributes.graph("body")),
            "Identity Abs");
  expect_error([&] { import_proto(loop(Proto::INT32)); },
               "input 'state' of nested graph 'body' is declared int32[2] and gets float[2]");
}

TEST(ImportOnnxNested, RefusesScansOfMoreInputsThanThereAre) {
  onnx::ModelProto model = empty_model(21);
  auto& graph = *model.mutable_graph();
  add_input(graph, "x", Proto::FLOAT, {2});
  auto& node = add_node(graph, "Scan", {"x"}, {"y"});
  set_int(node, "num_scan_inputs", 5);
  auto& body = set_graph(node, "body");
  add_input(body, "slice", Proto::FLOAT, {});
  add_output(body, "slice");
  add_output(graph, "y");
  expect_error([&] { import_proto(model); }, "'num_scan_inputs' is 5");
}

TEST(ImportOnnxNested, StopsAtThirtyFourLevels) {
  const auto nested = [](int levels) {
    onnx::ModelProto model = empty_model(21);
    auto& graph = *model.mutable_graph();
    add_input(graph, "flag", Proto::BOOL, {});
    onnx::GraphProto* level = &graph;
    for (int i = 0; i < levels; ++i) {
      auto& node = add_node(*level, "If", {"flag"}, {"y" + std::to_string(i)});
      auto& other = set_graph(node, "else_branch");
      add_node(other, "Identity", {"flag"}, {"n" + std::to_string(i)});
      add_output(other, "n" + std::to_string(i));
      add_output(*level, "y" + std::to_string(i));
      level = &set_graph(node, "then_branch");
    }
    add_node(*level, "Identity", {"flag"}, {"innermost"});
    add_output(*level, "innermost");
    return model;
  };
  EXPECT_EQ(import_proto(nested(32)).graph.nodes().size(), 1U);
  expect_error([&] { import_proto(nested(34)); }, "subgraph nesting exceeds limit 33");
}

}  // namespace
}  // namespace twingrad
