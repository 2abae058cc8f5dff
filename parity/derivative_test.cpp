#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>

#include "autodiff/rule.h"
#include "ir/builder.h"
#include "ir/precision.h"
#include "parity/legs.h"
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
    const auto inputs = draw_inputs(op_case, 7);
    const EmittedCase emitted = emit_case(builder, op_case, inputs);
    for (const auto& [name, id] : emitted.moved) {
      question.inputs[name] = *inputs[std::stoul(name.substr(1))];
      question.gradients.push_back(name);
    }
    const std::vector<ValueId>& outputs = emitted.outputs;
    std::mt19937 generator(11);
    for (size_t k = 0; k < outputs.size(); ++k) {
      graph.rename(outputs[k], "y" + std::to_string(k));
      question.outputs.push_back("y" + std::to_string(k));
    }
    graph.set_outputs(outputs);
    question.graph = &graph;
    ThreadPool pool(1);
    for (const auto& [name, value] :
         eager_runner(reference_backend(), pool).run(question).outputs) {
      if (has_gradient(value)) question.cotangents[name] = random_like(value, generator);
    }
    // Quantized numbers have no cotangents; then only the modes are compared.
    if (question.cotangents.empty()) question.gradients.clear();
    for (const auto& [name, value] : question.inputs) {
      question.directions[name] = random_like(value, generator);
    }
    question.order = op_case.second_order ? 2 : 1;
  }

  static Datum random_like(const Datum& datum, std::mt19937& generator) {
    return transformed(datum, [&generator](const Tensor& like) {
      Tensor tensor(DataType::kDouble, like.shape());
      for (double& value : tensor.values<double>()) {
        value = static_cast<double>(generator()) * 0x1p-31 - 1;
      }
      return tensor;
    });
  }
};

double inner(const Datum& a, const Datum& b) {
  double sum = 0;
  const std::vector<Leaf> left = leaves("", a);
  const std::vector<Leaf> right = leaves("", b);
  for (size_t k = 0; k < left.size(); ++k) {
    for (int64_t i = 0; i < left[k].tensor.element_count(); ++i) {
      sum += left[k].tensor.data<double>()[i] * right[k].tensor.data<double>()[i];
    }
  }
  return sum;
}

Datum zeros_of(const Datum& datum) {
  return transformed(
      datum, [](const Tensor& tensor) { return Tensor::zeros(DataType::kDouble, tensor.shape()); });
}

double total(const NamedData& weights, const NamedData& values) {
  double sum = 0;
  for (const auto& [name, weight] : weights) sum += inner(weight, values.at(name));
  return sum;
}

// The scalar whose gradient is checked: <cotangent, output>, or, for the second order,
// <direction, gradient>.
double scalar(const Runner& runner, Question question, int order) {
  question.order = 1;
  const NamedData weights = order == 1 ? question.cotangents : question.directions;
  if (order == 1) question.cotangents.clear();
  const Answer answer = runner.run(question);
  if (order == 1) return total(weights, answer.outputs);
  NamedData gradients;
  for (const auto& [name, value] : answer.gradients) {
    gradients[name] = value ? *value : zeros_of(question.inputs.at(name));
  }
  return total(weights, gradients);
}

// Four points: the error is of order h^4, so that h can be large against rounding.
Datum differences(const Runner& runner, const Question& question, const std::string& name,
                  int order) {
  const Datum& at = question.inputs.at(name);
  const double h = 1e-4;
  // The element that is moved, counted through all tensors.
  int64_t number = 0;
  const auto moved = [&](double step) {
    Question there = question;
    int64_t first = 0;
    there.inputs[name] = transformed(at, [&](const Tensor& tensor) {
      Tensor copy = tensor.clone();
      const int64_t i = number - first;
      if (i >= 0 && i < copy.element_count()) copy.data<double>()[i] += step;
      first += copy.element_count();
      return copy;
    });
    return scalar(runner, there, order);
  };
  return transformed(at, [&](const Tensor& tensor) {
    Tensor result(DataType::kDouble, tensor.shape());
    for (double& slope : result.values<double>()) {
      slope = (8 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12 * h);
      ++number;
    }
    return result;
  });
}

std::vector<double> elements_of(const Datum& datum) {
  std::vector<double> all;
  for (const Leaf& leaf : leaves("", datum)) {
    for (const double value : leaf.tensor.values<double>()) all.push_back(value);
  }
  return all;
}

void expect_close(const Datum& expected, const Datum& actual, double scale,
                  const std::string& what) {
  std::string why;
  ASSERT_TRUE(same_structure(actual, expected, why)) << what << " " << why;
  const std::vector<Leaf> left = leaves("", expected);
  const std::vector<Leaf> right = leaves("", actual);
  for (size_t k = 0; k < left.size(); ++k) {
    ASSERT_EQ(left[k].tensor.shape(), right[k].tensor.shape()) << what << left[k].place;
    for (int64_t i = 0; i < left[k].tensor.element_count(); ++i) {
      const double want = left[k].tensor.data<double>()[i];
      EXPECT_NEAR(right[k].tensor.data<double>()[i], want, 1e-6 * std::fabs(want) + 1e-8 * scale)
          << what << left[k].place << " element " << i;
    }
  }
}

class Derivative : public testing::TestWithParam<OpCase> {};

TEST_P(Derivative, EqualsCentralDifferencesInBothOrders) {
  CaseGraph point(GetParam());
  ThreadPool pool(1);
  const Runner runner = eager_runner(reference_backend(), pool);
  const Answer answer = runner.run(point.question);
  for (const std::string& name : point.question.gradients) {
    const Datum expected = differences(runner, point.question, name, 1);
    const auto& gradient = answer.gradients.at(name);
    double scale = 1;
    for (const double value : elements_of(expected)) scale = std::max(scale, std::fabs(value));
    if (!gradient) {
      for (const double value : elements_of(expected)) EXPECT_NEAR(value, 0, 1e-8) << name;
      continue;
    }
    expect_close(expected, *gradient, scale, "gradient of " + name);
    if (point.question.order < 2) continue;
    const Datum second = differences(runner, point.question, name, 2);
    for (const double value : elements_of(second)) scale = std::max(scale, std::fabs(value));
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
    for (auto* data : {&question.inputs, &question.cotangents, &question.directions}) {
      for (auto& [name, datum] : *data) {
        datum = transformed(
            datum, [precision](const Tensor& tensor) { return with_precision(tensor, precision); });
      }
    }
  }
};

bool identical(const Datum& left, const Datum& right) {
  std::string why;
  if (!same_structure(left, right, why)) return false;
  const std::vector<Leaf> ours = leaves("", left);
  const std::vector<Leaf> theirs = leaves("", right);
  return std::ranges::equal(ours, theirs, [](const Leaf& a, const Leaf& b) {
    return twingrad::identical(a.tensor, b.tensor);
  });
}

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
      const Runner planned = static_runner(*backend, three);
      const Answer in_graph = planned.run(at.question);
      if (GetParam().loops) {
        const LegReport leg = modes_leg(planned, in_graph, eager_runner(*backend, one), eager);
        EXPECT_EQ(leg.verdict, Verdict::kPassed) << name;
      } else {
        expect_same(eager, in_graph, "static " + name);
      }
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
    // What gives float whatever goes in (ai.onnx.ml) cannot be differenced in double.
    if (std::ranges::any_of(op.outputs, [](const Formal& out) { return out.type == "float"; })) {
      continue;
    }
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

// An executing builder expands what it has no kernel for, and would record the expansion.
TEST(DerivativeTable, EveryOperatorWithARowOfItsOwnHasAKernel) {
  for (const OpDef& op : all_ops()) {
    const bool has_own_row = find_derivative(op) != nullptr && is_differentiable(op);
    if (op.expand == nullptr || !has_own_row || op.op_class == OpClass::kControlFlow) continue;
    EXPECT_NE(reference_backend().find(op, DataType::kFloat), nullptr) << op.full_name();
  }
}

}  // namespace
}  // namespace twingrad
