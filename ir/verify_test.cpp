#include "ir/verify.h"

#include <gtest/gtest.h>

#include "ir/builder.h"
#include "ir/error.h"

namespace twingrad {
namespace {

Type vector_type(int64_t extent) {
  return Type::tensor(DataType::kFloat, PartialShape{extent});
}

// y = exp(x), z = y + w.
struct Sample {
  Graph graph;
  ValueId x, w, y, z;
  Sample() {
    Builder builder(graph);
    x = builder.input("x", vector_type(3));
    w = builder.initializer("w", Tensor::of<float>({3}, {1, 2, 3}));
    y = builder.emit_one("Exp", {x});
    z = builder.emit_one("Add", {y, w});
    graph.set_outputs({z});
  }
};

void expect_refused(const Graph& graph, std::string_view part) {
  try {
    verify(graph);
    FAIL() << "no error, expected: " << part;
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

TEST(Verify, AcceptsWhatABuilderMakes) {
  EXPECT_NO_THROW(verify(Sample().graph));
}

TEST(Verify, RejectsUseBeforeDefinition) {
  Sample sample;
  sample.graph.node(0).inputs[0] = sample.z;
  expect_refused(sample.graph, "before its definition");
}

TEST(Verify, RejectsIdsThatDoNotExist) {
  Sample input;
  input.graph.node(1).inputs[1] = 99;
  expect_refused(input.graph, "no value 99");
  Sample output;
  output.graph.set_outputs({77});
  expect_refused(output.graph, "no value 77");
}

TEST(Verify, RejectsTypesThatInferenceContradicts) {
  Sample sample;
  sample.graph.value(sample.z).type = vector_type(4);
  expect_refused(sample.graph, "float[4]");
}

TEST(Verify, RejectsDataOfAnotherTypeThanItsValue) {
  Sample sample;
  sample.graph.value(sample.w).data = Tensor::of<float>({2}, {1, 2});
  expect_refused(sample.graph, "'w'");
}

TEST(Verify, RejectsInitializersWithoutData) {
  Sample sample;
  sample.graph.value(sample.w).data.reset();
  expect_refused(sample.graph, "no data");
}

TEST(Verify, RejectsOutputsThatAnotherNodeDefines) {
  Sample sample;
  sample.graph.node(1).outputs[0] = sample.y;
  expect_refused(sample.graph, "not output");
}

TEST(Verify, RejectsNodesWithoutAnOperator) {
  Sample sample;
  sample.graph.node(1).op = nullptr;
  expect_refused(sample.graph, "operator or a function");
}

TEST(Verify, RejectsCapturesThatNestedGraphsDoNotHave) {
  const auto branch = std::make_shared<Graph>();
  Builder inner(*branch);
  branch->set_outputs({inner.constant(Tensor::scalar<float>(1))});
  Graph graph;
  Builder builder(graph);
  const ValueId flag = builder.input("flag", Type::tensor(DataType::kBool, PartialShape{}));
  const ValueId x = builder.input("x", vector_type(3));
  builder.emit({.op = "If",
                .inputs = {flag},
                .attributes = {{"then_branch", GraphPointer(branch)},
                               {"else_branch", GraphPointer(branch)}}});
  EXPECT_NO_THROW(verify(graph));
  graph.node(0).inputs.push_back(x);
  graph.node(0).captures = 1;
  expect_refused(graph, "captures");
}

}  // namespace
}  // namespace twingrad
