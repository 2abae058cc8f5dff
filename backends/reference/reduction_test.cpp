#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "backends/reference/evaluate.h"

namespace twingrad {
namespace {

using Numbers = std::vector<double>;

Tensor axes(std::initializer_list<int64_t> values) {
  return Tensor::of<int64_t>({static_cast<int64_t>(values.size())}, values);
}

TEST(ReferenceReduction, SumsOverAnyAxes) {
  const Tensor x = Tensor::of<float>({2, 2, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  EXPECT_EQ(numbers(compute("ReduceSum", {x, axes({1})})), (Numbers{5, 7, 9, 17, 19, 21}));
  EXPECT_EQ(numbers(compute("ReduceSum", {x, axes({0, -1})})), (Numbers{30, 48}));
  const Tensor whole = compute("ReduceSum", {x}, {{"keepdims", int64_t{0}}});
  EXPECT_EQ(whole.shape(), Shape{});
  EXPECT_EQ(numbers(whole), (Numbers{78}));
  const Tensor same = compute("ReduceSum", {x, axes({})}, {{"noop_with_empty_axes", int64_t{1}}});
  EXPECT_TRUE(identical(same, x));
  EXPECT_EQ(numbers(compute("ReduceMean", {x, axes({2})})), (Numbers{2, 5, 8, 11}));
}

TEST(ReferenceReduction, AnswersForNoElements) {
  const Tensor none = Tensor(DataType::kFloat, {2, 0});
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(numbers(compute("ReduceSum", {none, axes({1})})), (Numbers{0, 0}));
  EXPECT_EQ(numbers(compute("ReduceMax", {none, axes({1})})), (Numbers{-infinity, -infinity}));
  EXPECT_EQ(numbers(compute("ReduceMin", {none, axes({1})})), (Numbers{infinity, infinity}));
  EXPECT_TRUE(std::isnan(numbers(compute("ReduceMean", {none, axes({1})}))[0]));
  const Tensor bytes = Tensor(DataType::kInt8, {1, 0});
  EXPECT_EQ(numbers(compute("ReduceMax", {bytes, axes({1})})), (Numbers{-128}));
  EXPECT_THROW(compute("ReduceMean", {bytes, axes({1})}), Error);
  EXPECT_THROW(compute("ArgMax", {none}, {{"axis", int64_t{1}}}), Error);
}

TEST(ReferenceReduction, SumsAMillionTenthsAccurately) {
  const int64_t count = 1 << 20;
  const Tensor x = Tensor::filled(DataType::kFloat, {count}, 0.1);
  const double exact = static_cast<double>(0.1F) * static_cast<double>(count);
  EXPECT_NEAR(numbers(compute("ReduceSum", {x}))[0], exact, exact * 1e-6);
}

TEST(ReferenceReduction, CarriesNanThroughMaxAndFindsIt) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor x = Tensor::of<float>({5}, {3, nan, 1, nan, 9});
  EXPECT_TRUE(std::isnan(numbers(compute("ReduceMax", {x}))[0]));
  EXPECT_EQ(numbers(compute("ArgMax", {x})), (Numbers{1}));
  EXPECT_EQ(numbers(compute("ArgMin", {x}, {{"select_last_index", int64_t{1}}})), (Numbers{3}));
}

TEST(ReferenceReduction, PicksTheFirstOrLastOfEqualOnes) {
  const Tensor x = Tensor::of<int32_t>({2, 3}, {4, 9, 9, 2, 2, 5});
  const Attributes last{{"axis", int64_t{1}}, {"select_last_index", int64_t{1}}};
  EXPECT_EQ(numbers(compute("ArgMax", {x}, {{"axis", int64_t{1}}})), (Numbers{1, 2}));
  EXPECT_EQ(numbers(compute("ArgMax", {x}, last)), (Numbers{2, 2}));
  EXPECT_EQ(numbers(compute("ArgMin", {x}, {{"axis", int64_t{1}}})), (Numbers{0, 0}));
  EXPECT_EQ(numbers(compute("ArgMin", {x}, last)), (Numbers{0, 1}));
  const Tensor column = compute("ArgMax", {x}, {{"keepdims", int64_t{0}}});
  EXPECT_EQ(column.shape(), (Shape{3}));
  EXPECT_EQ(numbers(column), (Numbers{0, 0, 0}));
  const Tensor flags = Tensor::of<bool>({2}, {true, false});
  EXPECT_EQ(numbers(compute("ReduceMax", {flags})), (Numbers{1}));
  EXPECT_EQ(numbers(compute("ReduceMin", {flags})), (Numbers{0}));
}

TEST(ReferenceLinear, MultipliesBatchesAndVectors) {
  const Tensor a = Tensor::of<float>({2, 1, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  const Tensor b = Tensor::of<float>({2, 2, 1}, {1, 1, 10, 100});
  const Tensor c = compute("MatMul", {a, b});
  EXPECT_EQ(c.shape(), (Shape{2, 2, 2, 1}));
  EXPECT_EQ(numbers(c), (Numbers{3, 7, 210, 430, 11, 15, 650, 870}));
  const Tensor v = Tensor::of<float>({2}, {1, -1});
  EXPECT_EQ(numbers(compute("MatMul", {a, v})), (Numbers{-1, -1, -1, -1}));
  EXPECT_EQ(numbers(compute("MatMul", {v, v})), (Numbers{2}));
  EXPECT_EQ(numbers(compute("MatMul", {v, a})), (Numbers{-2, -2, -2, -2}));
  const Tensor none(DataType::kFloat, {2, 0});
  EXPECT_EQ(numbers(compute("MatMul", {none, Tensor(DataType::kFloat, {0, 2})})),
            (Numbers{0, 0, 0, 0}));
}

TEST(ReferenceLinear, AppliesEveryAttributeOfGemm) {
  const Tensor a = Tensor::of<double>({2, 3}, {1, 2, 3, 4, 5, 6});
  const Tensor b = Tensor::of<double>({2, 3}, {1, 0, 1, 0, 1, 0});
  EXPECT_EQ(numbers(compute("Gemm", {a, b}, {{"transB", int64_t{1}}})), (Numbers{4, 2, 10, 5}));
  const Attributes left{{"transA", int64_t{1}}, {"alpha", 2.0F}, {"beta", 0.5F}};
  const Tensor row = Tensor::of<double>({3}, {2, 4, 6});
  EXPECT_EQ(numbers(compute("Gemm", {a, b, row}, left)), (Numbers{3, 10, 5, 5, 12, 7, 7, 14, 9}));
  const Tensor column = Tensor::of<double>({3, 1}, {2, 4, 6});
  EXPECT_EQ(numbers(compute("Gemm", {a, b, column}, left)), (Numbers{3, 9, 3, 6, 12, 6, 9, 15, 9}));
}

}  // namespace
}  // namespace twingrad
