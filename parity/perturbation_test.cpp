#include "parity/perturbation.h"

#include <gtest/gtest.h>

#include <cmath>

#include "backends/eager.h"
#include "parity/named_data.h"
#include "parity/op_cases.h"
#include "parity/runner.h"

namespace twingrad {
namespace {

Tensor as_float_numbers(const Tensor& tensor) {
  if (tensor.type() != DataType::kDouble) return tensor;
  Tensor result = tensor.clone();
  for (double& value : result.values<double>())
    value = static_cast<double>(static_cast<float>(value));
  return result;
}

bool draws_or_nests(const OpDef& op) {
  return op.op_class == OpClass::kRandom || op.op_class == OpClass::kControlFlow;
}

// Scatter adds where an attribute says so, which the table of operators does not tell.
bool adds_by_attribute(const OpCase& op_case) {
  return op_case.attributes.has("reduction") && op_case.attributes.text("reduction") != "none";
}

NamedData outputs_on_float_numbers(const OpCase& op_case) {
  auto inputs = draw_inputs(op_case, 7);
  for (auto& input : inputs) {
    if (input) input = transformed(*input, as_float_numbers);
  }
  Graph graph;
  Builder builder(graph);
  const EmittedCase emitted = emit_case(builder, op_case, inputs);
  Question question;
  for (const auto& [name, id] : emitted.moved) {
    question.inputs[name] = *inputs[std::stoul(name.substr(1))];
  }
  for (size_t k = 0; k < emitted.outputs.size(); ++k) {
    question.outputs.push_back("y" + std::to_string(k));
    graph.rename(emitted.outputs[k], question.outputs.back());
  }
  graph.set_outputs(emitted.outputs);
  question.graph = &graph;
  ThreadPool pool(1);
  return eager_runner(reference_backend(), pool).run(question).outputs;
}

// In double on numbers that fit into a float: what is only moved or chosen fits, too.
TEST(Perturbation, WhatIsNotRoundedIsAsShortAsWhatWentIn) {
  size_t checked = 0;
  for (const OpCase& op_case : all_op_cases()) {
    const OpDef* op = find_op(op_case.domain, op_case.op);
    ASSERT_NE(op, nullptr) << op_case.op;
    if (is_rounded(*op) || draws_or_nests(*op) || adds_by_attribute(op_case)) continue;
    for (const auto& [name, datum] : outputs_on_float_numbers(op_case)) {
      for (const Leaf& leaf : leaves(name, datum)) {
        if (leaf.tensor.type() != DataType::kDouble) continue;
        EXPECT_TRUE(identical(leaf.tensor, as_float_numbers(leaf.tensor)))
            << op_case.op << " " << op_case.label;
        ++checked;
      }
    }
  }
  EXPECT_GT(checked, 50);
}

Tensor product(const Backend& backend, const Tensor& left, const Tensor& right) {
  ThreadPool pool(1);
  Graph graph;
  Eager eager(graph, {&backend, &pool, nullptr, 0});
  const ValueId result =
      eager.emit_one("Mul", {eager.input("x", left), eager.input("y", right)}, {});
  return eager.tensor(result);
}

template <typename T>
void expect_moved_by_a_unit(DataType type) {
  const Shape shape{1000};
  Tensor left(type, shape);
  for (int64_t i = 0; i < 1000; ++i) set_element(left, i, i % 10 == 0 ? 0 : 1 + 0.001 * double(i));
  const Tensor right = Tensor::filled(type, shape, 1.1);
  const Tensor exact = product(reference_backend(), left, right);
  const Tensor moved = product(perturbed_backend(reference_backend(), 1), left, right);
  EXPECT_TRUE(identical(moved, product(perturbed_backend(reference_backend(), 1), left, right)));
  EXPECT_FALSE(identical(moved, product(perturbed_backend(reference_backend(), 2), left, right)));
  int64_t up = 0;
  int64_t down = 0;
  for (int64_t i = 0; i < 1000; ++i) {
    const T a = exact.data<T>()[i];
    const T b = moved.data<T>()[i];
    EXPECT_TRUE(i % 10 != 0 || b == T{0});
    EXPECT_TRUE(b == a || b == std::nextafter(a, T{10}) || b == std::nextafter(a, T{0})) << i;
    up += b > a ? 1 : 0;
    down += b < a ? 1 : 0;
  }
  EXPECT_NEAR(double(up), 225, 60);
  EXPECT_NEAR(double(down), 225, 60);
}

TEST(Perturbation, MovesRoundedNumbersByAUnitInTheLastPlace) {
  expect_moved_by_a_unit<float>(DataType::kFloat);
  expect_moved_by_a_unit<double>(DataType::kDouble);
}

}  // namespace
}  // namespace twingrad
