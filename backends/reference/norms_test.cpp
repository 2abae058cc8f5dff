#include <gtest/gtest.h>

#include "backends/reference/evaluate.h"

// Norms over windows, planes and axes, and what goes back from windows to an image.

namespace twingrad {
namespace {

using Numbers = std::vector<double>;
using Integers = std::vector<int64_t>;

Tensor double_tensor(Shape shape, std::initializer_list<double> values) {
  return Tensor::of<double>(std::move(shape), values);
}

Tensor integers(Shape shape, std::initializer_list<int64_t> values) {
  return Tensor::of<int64_t>(std::move(shape), values);
}

void expect_norm(const Tensor& actual, const Numbers& expected) {
  const Numbers values = numbers(actual);
  ASSERT_EQ(values.size(), expected.size());
  for (size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(values[i], expected[i], 1e-7) << i;
}

Tensor lp_pool(const Tensor& x, int64_t p, const Attributes& more) {
  Attributes attributes = more;
  attributes.set("p", p);
  return evaluate({.op = "LpPool", .inputs = {x}, .attributes = attributes})[0];
}

TEST(ReferenceLpPool, TakesTheNormOfEveryWindow) {
  const Tensor x = double_tensor({1, 1, 4}, {3, -4, 0, 0});
  expect_norm(lp_pool(x, 2, {{"kernel_shape", Integers{2}}}), {5, 4, 0});
  expect_norm(lp_pool(x, 1, {{"kernel_shape", Integers{3}}, {"pads", Integers{1, 0}}}), {7, 7, 4});
}

TEST(ReferenceLpPool, LetsTheLastWindowHangOver) {
  const Attributes pairs = {
      {"kernel_shape", Integers{2}}, {"strides", Integers{3}}, {"ceil_mode", int64_t{1}}};
  expect_norm(lp_pool(double_tensor({1, 1, 4}, {1, -2, 3, 4}), 1, pairs), {3, 4});
  const Attributes padded = {{"kernel_shape", Integers{1}},
                             {"strides", Integers{2}},
                             {"pads", Integers{0, 1}},
                             {"ceil_mode", int64_t{1}}};
  expect_norm(lp_pool(double_tensor({1, 1, 2}, {1, 2}), 1, padded), {1});
}

TEST(ReferenceLpPool, TakesAnEmptyBatch) {
  const Tensor y =
      lp_pool(Tensor::zeros(DataType::kDouble, {0, 2, 4}), 2, {{"kernel_shape", Integers{2}}});
  EXPECT_EQ(y.shape(), Shape({0, 2, 3}));
}

TEST(ReferenceLpPool, RefusesAWindowThatDoesNotFit) {
  EXPECT_THROW(lp_pool(double_tensor({1, 1, 2}, {1, 2}), 2, {{"kernel_shape", Integers{3}}}),
               Error);
  EXPECT_THROW(lp_pool(double_tensor({1, 1, 2}, {1, 2}), 0, {{"kernel_shape", Integers{1}}}),
               Error);
}

TEST(ReferenceGlobalLpPool, TakesTheNormOfEveryPlane) {
  const Tensor x = double_tensor({1, 2, 2}, {3, 4, -5, 12});
  expect_norm(evaluate({.op = "GlobalLpPool", .inputs = {x}})[0], {5, 13});
}

TEST(ReferenceLpNormalization, LeavesZerosWhereTheNormIsZero) {
  const Tensor x = double_tensor({2, 2}, {3, -4, 0, 0});
  expect_norm(evaluate({.op = "LpNormalization", .inputs = {x}})[0], {0.6, -0.8, 0, 0});
  expect_norm(
      evaluate({.op = "LpNormalization", .inputs = {x}, .attributes = {{"p", int64_t{1}}}})[0],
      {3.0 / 7, -4.0 / 7, 0, 0});
}

// An even window has one channel more behind than before.
TEST(ReferenceLrn, DividesByThePowerOfTheNeighbours) {
  const auto lrn = [](int64_t size) {
    return evaluate(
        {.op = "LRN",
         .inputs = {double_tensor({1, 3, 1}, {1, 2, 3})},
         .attributes = {{"size", size}, {"alpha", static_cast<float>(size)}, {"beta", 1.0F}}})[0];
  };
  expect_norm(lrn(3), {1.0 / 6, 2.0 / 15, 3.0 / 14});
  expect_norm(lrn(2), {1.0 / 6, 2.0 / 14, 3.0 / 10});
}

TEST(ReferenceMeanVarianceNormalization, CentresAndScales) {
  const Tensor x = double_tensor({2, 2}, {1, 3, 10, 30});
  expect_norm(evaluate({.op = "MeanVarianceNormalization",
                        .inputs = {x},
                        .attributes = {{"axes", Integers{1}}}})[0],
              {-1, 1, -1, 1});
}

Application col2im(const Tensor& columns) {
  return {.op = "Col2Im", .inputs = {columns, integers({2}, {1, 3}), integers({2}, {1, 2})}};
}

TEST(ReferenceCol2Im, AddsWhereBlocksOverlap) {
  const Tensor image = evaluate(col2im(double_tensor({1, 2, 2}, {1, 2, 10, 20})))[0];
  EXPECT_EQ(image.shape(), Shape({1, 1, 1, 3}));
  expect_norm(image, {1, 12, 20});
}

TEST(ReferenceCol2Im, TakesAnEmptyBatch) {
  const Tensor image = evaluate(col2im(Tensor::zeros(DataType::kDouble, {0, 2, 2})))[0];
  EXPECT_EQ(image.shape(), Shape({0, 1, 1, 3}));
}

TEST(ReferenceCol2Im, RefusesColumnsThatNoImageHas) {
  EXPECT_THROW(evaluate(col2im(Tensor::zeros(DataType::kDouble, {1, 2, 3}))), Error);
  EXPECT_THROW(evaluate(col2im(Tensor::zeros(DataType::kDouble, {1, 3, 2}))), Error);
}

Application max_unpool(std::initializer_list<int64_t> places, Tensor shape = {}) {
  return {
      .op = "MaxUnpool",
      .inputs = {double_tensor({1, 1, 2}, {5, 7}), integers({1, 1, 2}, places), std::move(shape)},
      .attributes = {{"kernel_shape", Integers{2}}, {"strides", Integers{2}}}};
}

TEST(ReferenceMaxUnpool, PutsMaximaBack) {
  expect_norm(evaluate(max_unpool({1, 2}))[0], {0, 5, 7, 0});
  expect_norm(evaluate(max_unpool({1, 2}, integers({3}, {1, 1, 6})))[0], {0, 5, 7, 0, 0, 0});
}

TEST(ReferenceMaxUnpool, RefusesAPlaceOutside) {
  EXPECT_THROW(evaluate(max_unpool({1, 4})), Error);
  EXPECT_THROW(evaluate(max_unpool({1, 2}, integers({3}, {1, 1, 3}))), Error);
}

}  // namespace
}  // namespace twingrad
