#include "ir/graph.h"

#include <gtest/gtest.h>

#include "ir/error.h"

namespace twingrad {
namespace {

Value named(const char* name) {
  Value value;
  value.name = name;
  return value;
}

TEST(Graph, RefusesANameThatWasGivenTwice) {
  Graph graph;
  graph.add_value(named("x"));
  EXPECT_THROW(graph.add_value(named("x")), Error);
  EXPECT_EQ(graph.free_name("x"), "x_1");
}

TEST(Graph, MovesMadeUpNamesOutOfTheWay) {
  Graph graph;
  const ValueId first = graph.add_value({});
  const std::string made_up = graph.value(first).name;
  EXPECT_EQ(graph.free_name(made_up), made_up);
  const ValueId second = graph.add_value(named(made_up.c_str()));
  EXPECT_EQ(graph.find(made_up), second);
  EXPECT_NE(graph.value(first).name, made_up);
  EXPECT_EQ(graph.find(graph.value(first).name), first);
  EXPECT_THROW(graph.add_value(named(made_up.c_str())), Error);

  const ValueId third = graph.add_value({});
  const std::string wanted = graph.value(third).name;
  graph.rename(second, wanted);
  EXPECT_EQ(graph.find(wanted), second);
  EXPECT_NE(graph.value(third).name, wanted);
}

TEST(Graph, MakesUpNamesBesideGivenOnes) {
  Graph graph;
  graph.add_value(named("v1"));
  const ValueId second = graph.add_value({});
  EXPECT_NE(graph.value(second).name, "v1");
}

}  // namespace
}  // namespace twingrad
