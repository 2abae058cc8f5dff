#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>

#include "autodiff/rule.h"
#include "ir/builder.h"
#include "ir/precision.h"
#include "parity/op_cases.h"
#include "parity/runner.h"

namespace twingrad {
namespace {

// The graph of one case: every float input is an input "x0", "x1"..., the others are constants.
struct CaseGraph {
  Graph graph;
  Question question;

  explicit CaseGraph(const OpCase& op_case) {
    Builder builder(graph);
    NodeSpec spec;
    spec.op = op_case.op;
    spec.domain = op_case.domain;
    spec.attributes = op_case.attributes;
    spec.output_count = op_case.outputs;
    const auto inputs = draw_inputs(op_case, 7);
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (!inputs[i]) {
        spec.inputs.push_back(kNoValue);
        continue;
      }
      const std::string name = "x" + std::to_string(i);
      if (op_case.inputs[i].range == Range::kFixed) {
        spec.inputs.push_back(builder.constant(*inputs[i]));
        continue;
      }
      spec.inputs.push_back(
          builder.input(name, Type::tensor(DataType::kDouble, PartialShape(inputs[i]->shape()))));
      question.inputs[name] = *inputs[i];
      question.gradients.push_back(name);
    }
    const std::vector<ValueId> outputs = builder.emit(std::move(spec));
    std::mt19937 generator(11);
    for (size_t k = 0; k < outputs.size(); ++k) {
      const Type& type = builder.type(outputs[k]);
      const std::string name = "y" + std::to_string(k);
      graph.rename(outputs[k], name);
      question.outputs.push_back(name);
      if (is_floating_point(type.element)) {
        question.cotangents[name] = random_like(type.shape->shape(), generator);
      }
    }
    graph.set_outputs(outputs);
    for (const auto& [name, value] : question.inputs) {
      question.directions[name] = random_like(value.shape(), generator);
    }
    question.graph = &graph;
    question.order = op_case.second_order ? 2 : 1;
  }

  static Tensor random_like(const Shape& shape, std::mt19937& generator) {
    Tensor tensor(DataType::kDouble, shape);
    for (double& value : tensor.values<double>()) {
      value = static_cast<double>(generator()) * 0x1p-31 - 1;
    }
    return tensor;
  }
};

double inner(const Tensor& a, const Tensor& b) {
  double sum = 0;
  for (int64_t i = 0; i < a.element_count(); ++i) sum += a.data<double>()[i] * b.data<double>()[i];
  return sum;
}

double total(const NamedTensors& weights, const NamedTensors& values) {
  double sum = 0;
  for (const auto& [name, weight] : weights) sum += inner(weight, values.at(name));
  return sum;
}

// The scalar whose gradient is checked: <cotangent, output>, or, for the second order,
// <direction, gradient>.
double scalar(const Runner& runner, Question question, int order) {
  question.order = 1;
  const NamedTensors weights = order == 1 ? question.cotangents : question.directions;
  if (order == 1) question.cotangents.clear();
  const Answer answer = runner.run(question);
  if (order == 1) return total(weights, answer.outputs);
  NamedTensors gradients;
  for (const auto& [name, value] : answer.gradients) {
    gradients[name] =
        value ? *value : Tensor::zeros(DataType::kDouble, question.inputs.at(name).shape());
  }
  return total(weights, gradients);
}

// Four points: the error is of order h^4, so that h can be large against rounding.
Tensor differences(const Runner& runner, const Question& question, const std::string& name,
                   int order) {
  const Tensor& at = question.inputs.at(name);
  Tensor result(DataType::kDouble, at.shape());
  const double h = 1e-4;
  for (int64_t i = 0; i < at.element_count(); ++i) {
    const auto moved = [&](double step) {
      Question there = question;
      there.inputs[name] = at.clone();
      there.inputs[name].data<double>()[i] += step;
      return scalar(runner, there, order);
    };
    result.data<double>()[i] =
        (8 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12 * h);
  }
  return result;
}

void expect_close(const Tensor& expected, const Tensor& actual, double scale,
                  const std::string& what) {
  ASSERT_EQ(expected.shape(), actual.shape()) << what;
  for (int64_t i = 0; i < expected.element_count(); ++i) {
    const double want = expected.data<double>()[i];
    EXPECT_NEAR(actual.data<double>()[i], want, 1e-6 * std::fabs(want) + 1e-8 * scale)
        << what << " element " << i;
  }
}

class Derivative : public testing::TestWithParam<OpCase> {};

TEST_P(Derivative, EqualsCentralDifferencesInBothOrders) {
  CaseGraph point(GetParam());
  ThreadPool pool(1);
  const Runner runner = eager_runner(reference_backend(), pool);
  const Answer answer = runner.run(point.question);
  for (const std::string& name : point.question.gradients) {
    const Tensor expected = differences(runner, point.question, name, 1);
    const auto& gradient = answer.gradients.at(name);
    double scale = 1;
    for (const double value : expected.values<double>()) scale = std::max(scale, std::fabs(value));
    if (!gradient) {
      for (const double value : expected.values<double>()) EXPECT_NEAR(value, 0, 1e-8) << name;
      continue;
    }
    expect_close(expected, *gradient, scale, "gradient of " + name);
    if (point.question.order < 2) continue;
    const Tensor second = differences(runner, point.question, name, 2);
    for (const double value : second.values<double>()) scale = std::max(scale, std::fabs(value));
    expect_close(second, answer.second_order.at(name), scale, "second order of " + name);
  }
}

// The question in another precision; its graph lives as long as this.
struct Converted {
  Graph graph;
  Question question;
  Converted(const Question& source, DataType precision)
      : graph(with_precision(*source.graph, precision)), question(source) {
    question.graph = &graph;
    for (auto* tensors : {&question.inputs, &question.cotangents, &question.directions}) {
      for (auto& [name, tensor] : *tensors) tensor = with_precision(tensor, precision);
    }
  }
};

void expect_same(const Answer& left, const Answer& right, const std::string& what) {
  for (const auto& [name, value] : left.outputs) {
    EXPECT_TRUE(identical(value, right.outputs.at(name))) << what << " output " << name;
  }
  for (const auto& [name, value] : left.gradients) {
    const auto& other = right.gradients.at(name);
    ASSERT_EQ(value.has_value(), other.has_value()) << what << " " << name;
    if (!value) continue;
    EXPECT_TRUE(identical(*value, *other)) << what << " gradient of " << name;
  }
  for (const auto& [name, value] : left.second_order) {
    EXPECT_TRUE(identical(value, right.second_order.at(name))) << what << " second of " << name;
  }
}

TEST_P(Derivative, IsEqualBitForBitInBothModesAndForAnyNumberOfThreads) {
  CaseGraph point(GetParam());
  ThreadPool one(1);
  ThreadPool three(3);
  for (const DataType precision : {DataType::kFloat, DataType::kDouble}) {
    const Converted at(point.question, precision);
    for (const Backend* backend : {&reference_backend(), &openblas_backend()}) {
      const Answer eager = eager_runner(*backend, one).run(at.question);
      const std::string name(backend->name());
      expect_same(eager, eager_runner(*backend, three).run(at.question), "threads " + name);
      expect_same(eager, static_runner(*backend, three).run(at.question), "static " + name);
    }
  }
}

std::string case_name(const testing::TestParamInfo<OpCase>& info) {
  return info.param.op + "_" + info.param.label;
}

INSTANTIATE_TEST_SUITE_P(AllOperators, Derivative, testing::ValuesIn(all_op_cases()), case_name);

// Every operator that has a derivative has a case, so that a new row without one is noticed.
TEST(DerivativeTable, EveryDifferentiableOperatorHasACase) {
  std::set<std::pair<std::string, std::string>> covered;
  for (const OpCase& op_case : all_op_cases()) covered.emplace(op_case.domain, op_case.op);
  for (const OpDef& op : all_ops()) {
    if (!is_differentiable(op) || op.op_class == OpClass::kControlFlow) continue;
    EXPECT_TRUE(covered.contains({std::string(op.domain), std::string(op.name)}))
        << op.full_name() << " has no case in parity/op_cases";
  }
}

// An operator whose outputs may be floats either has a derivative or says that it has none.
TEST(DerivativeTable, EveryOperatorHasARowOrAnExpansion) {
  for (const OpDef& op : all_ops()) {
    EXPECT_TRUE(find_derivative(op) != nullptr || op.expand != nullptr) << op.full_name();
  }
}

}  // namespace
}  // namespace twingrad
