#include "tape/operations.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tape/tape.h"

namespace twingrad {
namespace {

// The element types of the loops: double, so that central differences are a sharp measure.
using Function = Variable (*)(const Variable&);

double slope_by_differences(Tape& tape, Function f, double x) {
  const double step = 1e-6;
  const auto at = [&](double value) {
    return f(tape.constant(Tensor::of<double>({1}, {value}))).item();
  };
  return (at(x + step) - at(x - step)) / (2 * step);
}

TEST(Operations, HaveTheSlopeOfTheirFunction) {
  const std::vector<Function> functions{
      [](const Variable& x) { return x + 2.0; },
      [](const Variable& x) { return 2.0 - x; },
      [](const Variable& x) { return 2.0 / x + x / 3.0; },
      [](const Variable& x) { return -x * x; },
      [](const Variable& x) { return exp(x) * log(x); },
      [](const Variable& x) { return sqrt(x) + abs(x); },
      [](const Variable& x) { return relu(x) - tanh(x); },
      [](const Variable& x) { return sigmoid(x) + 1.0; },
      [](const Variable& x) { return pow(x, 3.0) + pow(x, x); },
      [](const Variable& x) { return where(x > 0.5, x * x, x); },
      [](const Variable& x) { return mean(square(x)); },
  };
  Tape tape;
  for (size_t i = 0; i < functions.size(); ++i) {
    Variable x = tape.parameter(Tensor::of<double>({1}, {0.7}));
    functions[i](x).backward();
    EXPECT_NEAR(x.grad()->item(), slope_by_differences(tape, functions[i], 0.7), 1e-8) << i;
  }
}

TEST(Operations, MultiplyMatrices) {
  Tape tape;
  Variable a = tape.parameter(Tensor::of<float>({2, 2}, {1, 2, 3, 4}));
  Variable b = tape.parameter(Tensor::of<float>({2, 1}, {5, 6}));
  const Variable product = matmul(a, b);
  EXPECT_EQ(product.shape(), (Shape{2, 1}));
  sum(product).backward();
  EXPECT_EQ(a.grad()->value().values<float>()[1], 6);
  EXPECT_EQ(b.grad()->value().values<float>()[1], 2 + 4);
}

TEST(Operations, MoveElements) {
  Tape tape;
  const Variable x = tape.parameter(Tensor::of<float>({2, 3}, {1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(transpose(x).shape(), (Shape{3, 2}));
  EXPECT_EQ(transpose(x, {1, 0}).value().values<float>()[1], 4);
  EXPECT_EQ(reshape(x, {3, -1}).shape(), (Shape{3, 2}));
  EXPECT_EQ(concat({x, x}, 0).shape(), (Shape{4, 3}));
  EXPECT_EQ(sum(x, {0}).shape(), (Shape{3}));
  EXPECT_EQ(sum(x, {}).shape(), (Shape{2, 3}));
  EXPECT_EQ(softmax(x).shape(), (Shape{2, 3}));
  EXPECT_EQ(mean(x, {1}, true).shape(), (Shape{2, 1}));
}

TEST(Operations, CompareToBools) {
  Tape tape;
  const Variable x = tape.parameter(Tensor::of<float>({3}, {1, 2, 3}));
  const Variable y = tape.constant(Tensor::of<float>({3}, {3, 2, 1}));
  const auto counted = [](const Variable& bools) {
    EXPECT_EQ(bools.type(), DataType::kBool);
    return sum(cast(bools, DataType::kFloat)).item();
  };
  EXPECT_EQ(counted(x > y), 1);
  EXPECT_EQ(counted(x < y), 1);
  EXPECT_EQ(counted(x >= y), 2);
  EXPECT_EQ(counted(x <= y), 2);
  EXPECT_EQ(counted(equal(x, y)), 1);
  EXPECT_EQ(counted(x > 1.0), 2);
  EXPECT_EQ(counted(x < 1.0), 0);
  EXPECT_EQ(counted(x >= 1.0), 3);
  EXPECT_EQ(counted(x <= 1.0), 1);
}

TEST(Operations, ApplyAnyOperator) {
  Tape tape;
  Variable x = tape.parameter(Tensor::of<float>({4}, {3, 1, 4, 2}));
  const Variable largest = apply("ArgMax", {x});
  EXPECT_EQ(largest.value().values<int64_t>()[0], 2);
  EXPECT_FALSE(largest.requires_grad());
  sum(apply("Gather", {x, largest})).backward();
  EXPECT_EQ(x.grad()->value().values<float>()[1], 0);
  EXPECT_EQ(x.grad()->value().values<float>()[2], 1);
  EXPECT_EQ((largest + largest).item(), 4) << "a leaf: no gradient in it";
  // The axes are absent.
  const auto one_number = [&tape](int64_t value) {
    return tape.constant(Tensor::of<int64_t>({1}, {value}));
  };
  const Variable every_second =
      apply("Slice", {x, one_number(0), one_number(4), {}, one_number(2)});
  EXPECT_EQ(sum(every_second).item(), 3 + 4);
}

}  // namespace
}  // namespace twingrad
