#include "ir/dump.h"

#include <gtest/gtest.h>

#include <sstream>

#include "ir/builder.h"

namespace twingrad {
namespace {

std::string text_of(const Graph& graph) {
  std::ostringstream text;
  dump(text, graph);
  return text.str();
}

TEST(Dump, ShowsEveryPartOfAGraphOnALineOfItsOwn) {
  Graph graph;
  graph.name = "main";
  Builder builder(graph);
  const ValueId x =
      builder.input("x", Type::tensor(DataType::kFloat, PartialShape{Dimension("batch"), 3}));
  const ValueId w = builder.initializer("w", Tensor::of<float>({3, 1}, {0.5F, 1, 2}));
  const ValueId y = builder.emit({.op = "MatMul", .inputs = {x, w}, .outputs = {"y"}})[0];
  const ValueId z = builder.emit({.op = "LeakyRelu",
                                  .inputs = {y},
                                  .attributes = {{"alpha", 0.25F}},
                                  .outputs = {"z"},
                                  .name = "last"})[0];
  graph.set_outputs({z});
  EXPECT_EQ(text_of(graph),
            "graph 'main' {\n"
            "  input x: float[batch,3]\n"
            "  data w: float[3,1] = {0.5, 1, 2}\n"
            "  y: float[batch,1] = MatMul(x, w)\n"
            "  z: float[batch,1] = LeakyRelu(y) {alpha: 0.25}   # 'last'\n"
            "  output z\n"
            "}\n");
}

TEST(Dump, ShowsTheBeginningOfLargeData) {
  Graph graph;
  Builder builder(graph);
  builder.initializer("w", Tensor::filled(DataType::kInt64, {100}, 7));
  EXPECT_NE(text_of(graph).find("{7, 7, 7, 7, 7, 7, 7, 7, ...}"), std::string::npos);
}

TEST(Dump, IndentsNestedGraphsUnderTheirNode) {
  const auto branch = std::make_shared<Graph>();
  branch->name = "branch";
  Value captured;
  captured.name = "outer";
  captured.type = Type::tensor(DataType::kFloat, PartialShape{2});
  const ValueId inside = branch->add_input(captured, true);
  branch->set_outputs({inside});
  Graph graph;
  Builder builder(graph);
  const ValueId flag = builder.input("flag", Type::tensor(DataType::kBool, PartialShape{}));
  const ValueId x = builder.input("x", Type::tensor(DataType::kFloat, PartialShape{2}));
  builder.emit(
      {.op = "If",
       .inputs = {flag},
       .attributes = {{"then_branch", GraphPointer(branch)}, {"else_branch", GraphPointer(branch)}},
       .captures = {x},
       .outputs = {"y"}});
  const std::string text = text_of(graph);
  EXPECT_NE(text.find("  y: float[2] = If(flag, x)"), std::string::npos) << text;
  EXPECT_NE(text.find("    then_branch:\n    graph 'branch' {\n      capture outer: float[2]\n"),
            std::string::npos)
      << text;
}

}  // namespace
}  // namespace twingrad
