#include <gtest/gtest.h>

#include "ir/expression.h"
#include "parity/legs.h"

namespace twingrad {
namespace {

// The leg on one operator at `elements`, with a cotangent for every element of the output: an
// elementwise operator's where their values are not given.
LegReport differences_of(const std::string& op, std::initializer_list<double> elements,
                         bool straight_through = false,
                         std::initializer_list<double> cotangents = {}) {
  Graph graph;
  Builder builder(graph);
  const Tensor at = Tensor::of<double>(Shape{static_cast<int64_t>(elements.size())}, elements);
  const ValueId x = builder.input("x", Type::tensor(at.type(), PartialShape(at.shape())));
  const ValueId y = builder.emit_one(op, {x}, {});
  graph.rename(y, "y");
  graph.set_outputs({y});
  Question question;
  question.graph = &graph;
  question.inputs["x"] = at;
  question.outputs = {"y"};
  question.cotangents["y"] =
      cotangents.size() == 0
          ? Tensor::filled(DataType::kDouble, at.shape(), 1)
          : Tensor::of<double>(Shape{static_cast<int64_t>(cotangents.size())}, cotangents);
  question.gradients = {"x"};
  question.straight_through = straight_through;
  ThreadPool pool(1);
  return differences_leg(question, pool);
}

TEST(Differences, LeaveOutTheElementsOnKinksAndCountThem) {
  const LegReport leg = differences_of("Relu", {1, 0, -2, 0, 3});
  ASSERT_EQ(leg.tensors.size(), 1u);
  EXPECT_EQ(leg.verdict, Verdict::kPassed);
  EXPECT_NE(leg.tensors[0].reason.find("without 2 of 5 elements"), std::string::npos)
      << leg.tensors[0].reason;
}

TEST(Differences, AreIncompleteWhereEveryElementLiesOnAKink) {
  EXPECT_EQ(differences_of("Relu", {0, 0}).verdict, Verdict::kIncomplete);
  EXPECT_EQ(differences_of("Sqrt", {0}).verdict, Verdict::kIncomplete);
}

TEST(Differences, StillRefuseAWrongSlopeBesideAJump) {
  EXPECT_EQ(differences_of("Round", {0.25, 0.5}).verdict, Verdict::kPassed);
  EXPECT_EQ(differences_of("Round", {0.25, 0.5}, true).verdict, Verdict::kFailed);
}

// Of equal elements, moving one alone makes another element of the output.
TEST(Differences, LeaveOutTheElementsThatChangeAShape) {
  const LegReport leg = differences_of("Unique", {5, 1, 1, 3, 4, 3}, false, {2, -1, 4, 0.5});
  ASSERT_EQ(leg.tensors.size(), 1u);
  EXPECT_EQ(leg.verdict, Verdict::kPassed);
  EXPECT_NE(leg.tensors[0].reason.find("without 4 of 6 elements"), std::string::npos)
      << leg.tensors[0].reason;
}

// x and z are as good as their slopes, y is not: rounding that gradients pass straight through.
LegReport differences_of_three(int64_t most_moves) {
  Graph graph;
  Builder builder(graph);
  Question question;
  const Tensor at = Tensor::of<double>(Shape{2}, {0.25, 1.25});
  const Type type = Type::tensor(at.type(), PartialShape(at.shape()));
  for (const auto& [name, op] : {std::pair{"x", "Exp"}, {"y", "Round"}, {"z", "Tanh"}}) {
    const std::string output = std::string(name) + "_out";
    graph.rename(builder.emit_one(op, {builder.input(name, type)}, {}), output);
    question.inputs[name] = at;
    question.outputs.push_back(output);
    question.cotangents[output] = Tensor::filled(DataType::kDouble, at.shape(), 1);
    question.gradients.emplace_back(name);
  }
  question.graph = &graph;
  question.straight_through = true;
  ThreadPool pool(1);
  return differences_leg(question, pool, most_moves);
}

TEST(Differences, OfManyValuesTogetherNameTheWrongOne) {
  for (const int64_t most_moves : {int64_t{0}, int64_t{1000}}) {
    const LegReport leg = differences_of_three(most_moves);
    ASSERT_EQ(leg.tensors.size(), 3u);
    for (const TensorVerdict& tensor : leg.tensors) {
      EXPECT_EQ(tensor.verdict == Verdict::kFailed, tensor.name == "y") << tensor.name;
    }
  }
}

TEST(Differences, LeaveOutElementsWhoseOutputIsInfinite) {
  EXPECT_EQ(differences_of("Log", {2, 0, 3}).verdict, Verdict::kPassed);
}

}  // namespace
}  // namespace twingrad
