#include <gtest/gtest.h>

#include "ir/expression.h"
#include "parity/legs.h"
#include "parity/runner.h"

namespace twingrad {
namespace {

// y = x * w + Sigmoid(x), of which x has two shares of gradient and w of one element is stretched.
struct Sample {
  Graph graph;
  Question question;
  ThreadPool pool{1};

  Sample() {
    Builder builder(graph);
    const Expr x(builder, builder.input("x", Type::tensor(DataType::kDouble, PartialShape{3})));
    const Expr w(builder, builder.input("w", Type::tensor(DataType::kDouble, PartialShape{1})));
    const Expr y = x * w + x.apply("Sigmoid");
    graph.rename(y.id(), "y");
    graph.set_outputs({y.id()});
    question.graph = &graph;
    question.inputs["x"] = Tensor::of<double>(Shape{3}, {0, 1, -2});
    question.inputs["w"] = Tensor::of<double>(Shape{1}, {5});
    question.cotangents["y"] = Tensor::of<double>(Shape{3}, {1, 2, 3});
    question.outputs = {"y"};
    question.gradients = {"w", "x"};
  }

  Answer planned() { return static_runner(reference_backend(), pool).run(question); }
  Answer traced() { return eager_runner(reference_backend(), pool).run(question); }
};

std::vector<double> elements(const std::optional<Datum>& gradient) {
  const auto values = gradient.value().tensor().values<double>();
  return {values.begin(), values.end()};
}

TEST(Amendments, DropTheShareOfOneNode) {
  Sample sample;
  sample.question.amend = [](Builder&, const Node& node, size_t, ValueId cotangent) {
    return node.op->name == "Sigmoid" ? kNoValue : cotangent;
  };
  for (const Answer& answer : {sample.planned(), sample.traced()}) {
    EXPECT_EQ(elements(answer.gradients.at("x")), (std::vector<double>{5, 10, 15}));
    EXPECT_EQ(elements(answer.gradients.at("w")), (std::vector<double>{-4}));
  }
}

TEST(Amendments, SeeACotangentBeforeBroadcastingIsUndone) {
  Sample sample;
  sample.question.amend = [](Builder& builder, const Node& node, size_t input, ValueId cotangent) {
    if (node.op->name != "Mul" || input != 1) return cotangent;
    return slice(Expr(builder, cotangent), 0, 1, 2).id();
  };
  for (const Answer& answer : {sample.planned(), sample.traced()}) {
    EXPECT_EQ(elements(answer.gradients.at("w")), (std::vector<double>{2}));
  }
}

TEST(Amendments, ThatDropEverythingDisconnect) {
  Sample sample;
  sample.question.amend = [](Builder&, const Node&, size_t, ValueId) { return kNoValue; };
  EXPECT_FALSE(sample.planned().gradients.at("x").has_value());
  EXPECT_FALSE(sample.traced().gradients.at("x").has_value());
}

TEST(Amendments, AreFoundByDifferences) {
  Sample sample;
  EXPECT_EQ(differences_leg(sample.question, sample.pool).verdict, Verdict::kPassed);
  sample.question.amend = [](Builder& builder, const Node& node, size_t, ValueId cotangent) {
    return node.op->name == "Sigmoid" ? (-Expr(builder, cotangent)).id() : cotangent;
  };
  const LegReport leg = differences_leg(sample.question, sample.pool);
  for (const TensorVerdict& tensor : leg.tensors) {
    EXPECT_EQ(tensor.verdict == Verdict::kFailed, tensor.name == "x") << tensor.name;
  }
}

// An infinite slope is no slope of a smooth function, however large it makes the tolerance.
TEST(Amendments, ThatMakeGradientsInfiniteAreFoundByDifferences) {
  Sample sample;
  sample.question.amend = [](Builder& builder, const Node& node, size_t, ValueId cotangent) {
    const Expr right(builder, cotangent);
    return node.op->name == "Sigmoid" ? (right / 0.0).id() : cotangent;
  };
  const LegReport leg = differences_leg(sample.question, sample.pool);
  for (const TensorVerdict& tensor : leg.tensors) {
    EXPECT_EQ(tensor.verdict == Verdict::kFailed, tensor.name == "x") << tensor.name;
  }
}

// z = the sum of x * x over three turns of a Loop.
TEST(Amendments, ReachIntoNestedGraphs) {
  Graph body;
  Builder inside(body);
  inside.input("turn", Type::tensor(DataType::kInt64, PartialShape{}));
  const ValueId go = inside.input("go", Type::tensor(DataType::kBool, PartialShape{}));
  const Expr sum(inside, inside.input("sum", Type::tensor(DataType::kDouble, PartialShape{})));
  Graph graph;
  Builder builder(graph);
  const ValueId x = builder.input("x", Type::tensor(DataType::kDouble, PartialShape{}));
  const Expr held(inside, inside.capture("held", builder, x));
  body.set_outputs({go, (sum + held * held).id()});
  NodeSpec loop;
  loop.op = "Loop";
  loop.inputs = {builder.constant(Tensor::scalar<int64_t>(3)), kNoValue,
                 builder.constant(Tensor::scalar(0.0))};
  loop.captures = {x};
  loop.attributes.set("body", std::make_shared<const Graph>(body));
  loop.outputs = {"z"};
  graph.set_outputs(builder.emit(std::move(loop)));
  Sample sample;
  sample.question.graph = &graph;
  sample.question.inputs = {{"x", Tensor::scalar(2.0)}};
  sample.question.cotangents = {{"z", Tensor::scalar(1.0)}};
  sample.question.outputs = {"z"};
  sample.question.gradients = {"x"};
  sample.question.amend = [](Builder&, const Node& node, size_t input, ValueId cotangent) {
    return node.op->name == "Mul" && input == 1 ? kNoValue : cotangent;
  };
  EXPECT_EQ(elements(sample.planned().gradients.at("x")), (std::vector<double>{6}));
  EXPECT_EQ(elements(sample.traced().gradients.at("x")), (std::vector<double>{6}));
}

}  // namespace
}  // namespace twingrad
