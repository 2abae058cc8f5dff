#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "backends/reference/evaluate.h"

namespace twingrad {
namespace {

using Numbers = std::vector<double>;

Tensor reduced_axes(std::initializer_list<int64_t> values) {
  return Tensor::of<int64_t>({static_cast<int64_t>(values.size())}, values);
}

TEST(CompositeReductions, GiveTheirFormulas) {
  const Tensor x = Tensor::of<double>({2, 2}, {3, -4, 1, 2});
  EXPECT_EQ(numbers(compute({"ReduceL1", {x, reduced_axes({1})}})), (Numbers{7, 3}));
  EXPECT_EQ(numbers(compute({"ReduceL2", {x, reduced_axes({1})}})), (Numbers{5, std::sqrt(5.0)}));
  EXPECT_EQ(numbers(compute({"ReduceSumSquare", {x}})), Numbers{30});
  EXPECT_EQ(numbers(compute({"ReduceProd", {x, reduced_axes({0})}})), (Numbers{3, -8}));
  EXPECT_EQ(numbers(compute({"ReduceLogSum", {x}})), Numbers{std::log(2.0)});
}

TEST(CompositeReductions, DoTheirElementwiseStepWhereNoAxisIsReduced) {
  const Tensor x = Tensor::of<double>({2}, {3, -4});
  const Attributes noop{{"noop_with_empty_axes", int64_t{1}}};
  EXPECT_EQ(numbers(compute({"ReduceL1", {x}, noop})), (Numbers{3, 4}));
  EXPECT_EQ(numbers(compute({"ReduceSumSquare", {x}, noop})), (Numbers{9, 16}));
  EXPECT_EQ(numbers(compute({"ReduceProd", {x}, noop})), (Numbers{3, -4}));
}

TEST(CompositeReductions, OfIntegersAreCutTowardsZero) {
  const Tensor x = Tensor::of<int32_t>({3}, {1, 2, -2000000000});
  EXPECT_EQ(numbers(compute({"ReduceL2", {x}})), Numbers{2000000000});
  EXPECT_EQ(numbers(compute({"ReduceL2", {Tensor::of<int64_t>({2}, {2, 2})}})), Numbers{2});
  EXPECT_EQ(numbers(compute({"ReduceLogSum", {Tensor::of<uint32_t>({2}, {10, 20})}})), Numbers{3});
  EXPECT_EQ(numbers(compute({"ReduceL1", {Tensor::of<int64_t>({2}, {-5, 2})}})), Numbers{7});
}

TEST(CompositeReductions, OfHalvesDoNotOverflowOnTheWay) {
  const Tensor x = Tensor::filled(DataType::kFloat16, {2}, 300);
  EXPECT_EQ(numbers(compute({"ReduceL2", {x}})), Numbers{424.25});  // 424.264 as float16
  EXPECT_EQ(compute({"ReduceL2", {x}}).type(), DataType::kFloat16);
  EXPECT_EQ(numbers(compute({"ReduceSumSquare", {x}})), Numbers{HUGE_VAL});
}

TEST(LogSumExp, StaysFiniteForLargeElementsAndKnowsInfinities) {
  const double infinity = std::numeric_limits<double>::infinity();
  const auto of = [](double a, double b) {
    return numbers(compute({"ReduceLogSumExp", {Tensor::of<double>({2}, {a, b})}}))[0];
  };
  EXPECT_DOUBLE_EQ(of(1000, 1000), 1000 + std::log(2.0));
  EXPECT_DOUBLE_EQ(of(-1000, -1000), -1000 + std::log(2.0));
  EXPECT_EQ(of(-infinity, -infinity), -infinity);
  EXPECT_EQ(of(-infinity, 3), 3);
  EXPECT_EQ(of(infinity, 3), infinity);
  EXPECT_TRUE(std::isnan(of(std::nan(""), 3)));
}

TEST(CompositeReductions, OfNoElementsAreThoseOfTheEmptySum) {
  const Tensor none(DataType::kDouble, {0, 2});
  EXPECT_EQ(numbers(compute({"ReduceL2", {none, reduced_axes({0})}})), (Numbers{0, 0}));
  EXPECT_EQ(numbers(compute({"ReduceProd", {none, reduced_axes({0})}})), (Numbers{1, 1}));
  EXPECT_EQ(numbers(compute({"ReduceLogSumExp", {none, reduced_axes({0})}})),
            (Numbers{-HUGE_VAL, -HUGE_VAL}));
}

}  // namespace
}  // namespace twingrad
