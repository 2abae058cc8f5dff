#include <gtest/gtest.h>

#include "ir/builder.h"

#include "parity/check.h"

namespace twingrad {
namespace {

using Floats = std::vector<float>;

Tensor vector_of(const Floats& values) {
  Tensor tensor(DataType::kFloat, Shape{static_cast<int64_t>(values.size())});
  std::ranges::copy(values, tensor.values<float>().begin());
  return tensor;
}

// A case of one operator over inputs "x0", "x1"..., its output "y", seeded with ones.
ParityCase case_of(const std::string& op, const std::vector<Floats>& inputs) {
  ParityCase item;
  item.name = op;
  Builder builder(item.graph);
  std::vector<ValueId> ids;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const std::string name = "x" + std::to_string(i);
    const Tensor value = vector_of(inputs[i]);
    ids.push_back(builder.input(name, refined_type({}, value)));
    item.question.inputs[name] = value;
    item.question.gradients.push_back(name);
  }
  const ValueId y = builder.emit_one(op, ids);
  item.graph.rename(y, "y");
  item.graph.set_outputs({y});
  item.question.outputs = {"y"};
  item.question.cotangents["y"] = vector_of(Floats(inputs.front().size(), 1));
  item.conventions = "spec";
  item.expected.emplace();
  return item;
}

std::string classification(const ParityCase& item, const std::string& name) {
  ThreadPool pool(1);
  CheckOptions options;
  options.modes = options.differences = false;
  const CaseReport report = check_case(item, options, pool);
  EXPECT_EQ(report.verdict, Verdict::kFailed) << report.error;
  for (const TensorVerdict& tensor : report.legs.at(0).tensors) {
    if (tensor.name == name) return tensor.classification;
  }
  return "not compared";
}

TEST(Classification, ADerivativeBetweenBothSidesOfABendIsAKink) {
  ParityCase item = case_of("Relu", {{-1, 0, 2}});
  item.expected->gradients["x0"] = vector_of({0, 0.5, 1});
  EXPECT_EQ(classification(item, "x0"), "kink");
}

TEST(Classification, ADerivativeBeyondBothSidesOfABendIsReal) {
  ParityCase item = case_of("Relu", {{-1, 0, 2}});
  item.expected->gradients["x0"] = vector_of({0, 1.5, 1});
  EXPECT_EQ(classification(item, "x0"), "real");
}

TEST(Classification, AnotherShareOfEqualElementsIsATie) {
  ParityCase item = case_of("Max", {{1, 2, 3}, {1, 1, 4}});
  item.expected->gradients["x0"] = vector_of({1, 1, 0});
  item.expected->gradients["x1"] = vector_of({0, 0, 1});
  EXPECT_EQ(classification(item, "x0"), "tie");
  EXPECT_EQ(classification(item, "x1"), "tie");
}

TEST(Classification, AWrongFactorIsReal) {
  ParityCase item = case_of("Mul", {{1, 2, 3}, {4, 5, 6}});
  item.expected->gradients["x0"] = vector_of({8, 10, 12});
  EXPECT_EQ(classification(item, "x0"), "real");
}

// Another library's exponential is the next float; 1e-9 asks for less than that.
TEST(Classification, WhatRoundingExplainsIsNoise) {
  const Floats at = {0.3F, 1.7F, -2.1F, 3.9F, 0.77F, 5.3F, -7.7F, 2.2F};
  ParityCase item = case_of("Exp", {at});
  Floats next;
  for (const float x : at) next.push_back(std::nextafter(std::exp(x), 1e9F));
  item.expected->outputs["y"] = vector_of(next);
  item.expected->rtol = 1e-9;
  item.expected->atol = 0;
  EXPECT_EQ(classification(item, "y"), "noise");
}

// 3e7 + 1 has no place for the 1 in a float: what is left of the sum is rounding.
TEST(Classification, ASmallRestOfLargeTermsIsCancellation) {
  ParityCase item = case_of("Sum", {{3e7F, 1e7F}, {1, 1.25F}, {-3e7F, -1e7F}});
  item.expected->outputs["y"] = vector_of({1, 1.25F});
  EXPECT_EQ(classification(item, "y"), "cancellation");
}

TEST(Classification, CountsTheElementsAtKinksByNode) {
  ParityCase item = case_of("Relu", {{-1, 0, 2, 0}});
  item.expected->gradients["x0"] = vector_of({0, 1, 1, 0});
  ThreadPool pool(1);
  const CaseReport report = check_case(item, {}, pool);
  ASSERT_EQ(report.kinks.size(), 1u);
  EXPECT_EQ(report.kinks[0].op, "Relu");
  EXPECT_EQ(report.kinks[0].nature, "kink");
  EXPECT_EQ(report.kinks[0].elements, 2);
}

}  // namespace
}  // namespace twingrad
