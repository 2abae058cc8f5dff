#pragma once

#include <gtest/gtest.h>

#include "ir/expression.h"
#include "parity/check.h"
#include "parity/model_inputs.h"
#include "parity/runner.h"

namespace twingrad {

// A disagreement that is made up: the reference is what our own engine computes with the
// difference, and the case without it is held to that.
struct Scenario {
  const char* name;
  const char* cause;     // that must come first
  const char* sentence;  // a part of its sentence
  // The model as the reference had it (true), or as it is here.
  std::function<Graph(bool other)> graph;
  // What else the reference did to what it recorded.
  std::function<void(Expectation&)> recorded = nullptr;
  std::function<void(ParityCase&)> prepare = nullptr;  // inputs, convention
};

// A node of that name, whose outputs are "NAME", "NAME.1", ...
inline std::vector<ValueId> emit_named(Builder& builder, std::string_view op,
                                       const std::string& name, std::vector<ValueId> inputs,
                                       Attributes attributes = {}, size_t outputs = 1) {
  NodeSpec spec{.op = op, .inputs = std::move(inputs), .attributes = std::move(attributes)};
  spec.output_count = outputs;
  spec.name = name;
  for (size_t i = 0; i < outputs; ++i) {
    spec.outputs.emplace_back(i == 0 ? name : name + "." + std::to_string(i));
  }
  return builder.emit(std::move(spec));
}

// Numbers between -1 and 1 without a pattern, the same for equal seeds; shifted where asked for.
inline Tensor drawn(const Shape& shape, uint64_t seed, double shift = 0) {
  Tensor tensor(DataType::kFloat, shape);
  uint64_t state = seed * 2654435761U + 12345;
  for (int64_t i = 0; i < tensor.element_count(); ++i) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    set_element(tensor, i, static_cast<double>(state >> 40U) / 8388608.0 - 1 + shift);
  }
  return tensor;
}

inline ValueId weight(Builder& builder, const std::string& name, const Shape& shape,
                      double shift = 0) {
  return builder.initializer(name, drawn(shape, std::hash<std::string>()(name), shift));
}

inline ValueId input(Builder& builder, const std::string& name, const Shape& shape) {
  return builder.input(name, Type::tensor(DataType::kFloat, PartialShape(shape)));
}

// A case on the scenario's graph that asks for all outputs and gradients.
inline ParityCase case_of(const Scenario& scenario) {
  ParityCase item;
  item.name = scenario.name;
  item.conventions = "spec";
  item.graph = scenario.graph(false);
  uint64_t seed = 1;
  for (const ValueId id : item.graph.inputs()) {
    const Value& value = item.graph.value(id);
    if (!value.data) item.question.inputs[value.name] = drawn(value.type.shape->shape(), ++seed);
  }
  for (const ValueId id : item.graph.outputs()) {
    const Value& value = item.graph.value(id);
    item.question.outputs.push_back(value.name);
    item.question.cotangents[value.name] = drawn(value.type.shape->shape(), ++seed);
  }
  item.question.gradients = differentiable_names(item.graph);
  if (scenario.prepare) scenario.prepare(item);
  return item;
}

// The explanations of the scenario.
inline CaseReport diagnosed(const Scenario& scenario) {
  ThreadPool pool(1);
  ParityCase item = case_of(scenario);
  const Graph other = scenario.graph(true);
  Question question = item.question;
  question.graph = &other;
  const Answer answer = eager_runner(reference_backend(), pool).run(question);
  Expectation expected;
  expected.source = "other";
  expected.outputs = answer.outputs;
  expected.gradients = answer.gradients;
  if (scenario.recorded) scenario.recorded(expected);
  item.expected = std::move(expected);
  CheckOptions options;
  options.backend = "reference";
  options.differences = false;
  return check_case(item, options, pool);
}

inline void expect_named(const Scenario& scenario) {
  const CaseReport report = diagnosed(scenario);
  EXPECT_EQ(report.error, "") << scenario.name;
  ASSERT_EQ(report.verdict, Verdict::kFailed) << scenario.name << " differs in nothing";
  ASSERT_FALSE(report.explanations.empty()) << scenario.name << " is not explained";
  const Explanation& first = report.explanations[0];
  EXPECT_EQ(first.cause, scenario.cause) << scenario.name << ": " << first.sentence;
  EXPECT_NE(first.sentence.find(scenario.sentence), std::string::npos)
      << scenario.name << ": " << first.sentence;
}

}  // namespace twingrad
