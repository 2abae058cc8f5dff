#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "backends/reference/evaluate.h"

namespace twingrad {
namespace {

using Numbers = std::vector<double>;
using Integers = std::vector<int64_t>;

Tensor signal(std::initializer_list<float> values) {
  return Tensor::of<float>({1, 1, static_cast<int64_t>(values.size())}, values);
}

std::vector<Tensor> max_pool(const Tensor& x, const Attributes& attributes) {
  return evaluate({.op = "MaxPool", .inputs = {x}, .attributes = attributes, .output_count = 2});
}

Numbers average_pool(const Tensor& x, const Attributes& attributes) {
  return numbers(evaluate({.op = "AveragePool", .inputs = {x}, .attributes = attributes})[0]);
}

TEST(ReferenceMaxPool, GivesTheFirstMaximumAndItsIndex) {
  const Tensor x = Tensor::of<float>({1, 2, 2, 3}, {1, 4, 4, 4, 0, 2, -1, -2, -3, -4, -5, -6});
  const auto pooled = max_pool(x, {{"kernel_shape", Integers{2, 2}}});
  EXPECT_EQ(numbers(pooled[0]), (Numbers{4, 4, -1, -2}));
  EXPECT_EQ(numbers(pooled[1]), (Numbers{1, 1, 6, 7}));
  const auto columns =
      max_pool(x, {{"kernel_shape", Integers{2, 2}}, {"storage_order", int64_t{1}}});
  EXPECT_EQ(numbers(columns[1]), (Numbers{2, 2, 6, 8}));
}

TEST(ReferenceMaxPool, NeverTakesThePadding) {
  const auto pooled =
      max_pool(signal({-3, -2, -5}), {{"kernel_shape", Integers{2}}, {"pads", Integers{1, 1}}});
  EXPECT_EQ(numbers(pooled[0]), (Numbers{-3, -2, -2, -5}));
  EXPECT_EQ(numbers(pooled[1]), (Numbers{0, 1, 1, 2}));
}

TEST(ReferenceMaxPool, RoundsUpButDropsAWindowInTheEndPadding) {
  const Attributes up{
      {"kernel_shape", Integers{2}}, {"strides", Integers{2}}, {"ceil_mode", int64_t{1}}};
  EXPECT_EQ(numbers(max_pool(signal({1, 2, 3}), up)[0]), (Numbers{2, 3}));
  Attributes padded = up;
  padded.set("strides", Integers{3});
  padded.set("pads", Integers{0, 1});
  // The third window would start at element 6, behind the 5 of the input.
  EXPECT_EQ(numbers(max_pool(signal({1, 2, 3, 4, 5}), padded)[0]), (Numbers{2, 5}));
}

TEST(ReferenceMaxPool, DilatesAndPadsAutomatically) {
  EXPECT_EQ(numbers(max_pool(signal({9, 1, 2, 3, 4}),
                             {{"kernel_shape", Integers{2}}, {"dilations", Integers{3}}})[0]),
            (Numbers{9, 4}));
  EXPECT_EQ(numbers(max_pool(signal({9, 1, 2, 3}), {{"kernel_shape", Integers{2}},
                                                    {"auto_pad", std::string("SAME_LOWER")}})[0]),
            (Numbers{9, 9, 2, 3}));
}

TEST(ReferenceMaxPool, CarriesNanAndPoolsBytes) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto pooled = max_pool(signal({nan, 7, 1}), {{"kernel_shape", Integers{2}}});
  EXPECT_TRUE(std::isnan(numbers(pooled[0])[0]));
  EXPECT_EQ(numbers(pooled[0])[1], 7);
  const Tensor bytes = Tensor::of<int8_t>({1, 1, 3}, {-128, -128, 5});
  EXPECT_EQ(numbers(max_pool(bytes, {{"kernel_shape", Integers{2}}})[0]), (Numbers{-128, 5}));
}

TEST(ReferenceAveragePool, CountsWhatItIsToldTo) {
  const Tensor x = signal({2, 4, 6});
  Attributes attributes{{"kernel_shape", Integers{2}}, {"pads", Integers{1, 1}}};
  EXPECT_EQ(average_pool(x, attributes), (Numbers{2, 3, 5, 6}));
  attributes.set("count_include_pad", int64_t{1});
  EXPECT_EQ(average_pool(x, attributes), (Numbers{1, 3, 5, 3}));
}

// A window that hangs over the end counts no more than input and pads.
TEST(ReferenceAveragePool, CountsTheCeilingByInputAndPads) {
  Attributes attributes{{"kernel_shape", Integers{3}},
                        {"strides", Integers{2}},
                        {"pads", Integers{0, 1}},
                        {"ceil_mode", int64_t{1}},
                        {"count_include_pad", int64_t{1}}};
  EXPECT_EQ(average_pool(signal({3, 3, 3, 3, 3, 3}), attributes), (Numbers{3, 3, 2}));
  attributes.set("count_include_pad", int64_t{0});
  EXPECT_EQ(average_pool(signal({3, 3, 3, 3, 3, 3}), attributes), (Numbers{3, 3, 3}));
}

TEST(ReferenceAveragePool, PoolsGlobally) {
  const Tensor x = Tensor::of<float>({1, 2, 2, 2}, {1, 2, 3, 4, -1, -2, -3, -6});
  const Tensor mean = evaluate({.op = "GlobalAveragePool", .inputs = {x}})[0];
  EXPECT_EQ(mean.shape(), (Shape{1, 2, 1, 1}));
  EXPECT_EQ(numbers(mean), (Numbers{2.5, -3}));
  EXPECT_EQ(numbers(evaluate({.op = "GlobalMaxPool", .inputs = {x}})[0]), (Numbers{4, -1}));
}

TEST(ReferencePool, RefusesPadsAsLargeAsTheWindow) {
  EXPECT_THROW(max_pool(signal({1, 2}), {{"kernel_shape", Integers{2}}, {"pads", Integers{2, 0}}}),
               Error);
  EXPECT_THROW(max_pool(signal({1, 2}), {{"kernel_shape", Integers{3}}}), Error);
  EXPECT_THROW(max_pool(signal({1, 2}), {{"kernel_shape", Integers{1, 1}}}), Error);
}

TEST(ReferencePoolGradients, GoWholeToTheFirstMaximum) {
  const Application gradient{.op = "MaxPoolGradient",
                             .inputs = {signal({4, 4, 1, 5}), signal({1, 10, 100})},
                             .attributes = {{"kernel_shape", Integers{2}}},
                             .domain = kInternalDomain};
  EXPECT_EQ(numbers(evaluate(gradient)[0]), (Numbers{1, 10, 0, 100}));
  EXPECT_EQ(numbers(evaluate_expansion(gradient)[0]), (Numbers{1, 10, 0, 100}));
}

TEST(ReferencePoolGradients, SpreadAnAverageAsItsExpansionDoes) {
  for (const int64_t include : {0, 1}) {
    for (const int64_t ceiling : {0, 1}) {
      Tensor g = Tensor::of<double>({2, 1, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
      const Application gradient{.op = "AveragePoolGradient",
                                 .inputs = {g, Tensor::of<int64_t>({4}, {2, 1, 5 - ceiling, 3})},
                                 .attributes = {{"kernel_shape", Integers{3, 2}},
                                                {"strides", Integers{2, 2}},
                                                {"pads", Integers{0, 1, 0, 0}},
                                                {"ceil_mode", ceiling},
                                                {"count_include_pad", include}},
                                 .domain = kInternalDomain};
      const Numbers kernel = numbers(evaluate(gradient)[0]);
      const Numbers expanded = numbers(evaluate_expansion(gradient)[0]);
      ASSERT_EQ(kernel.size(), expanded.size());
      for (size_t i = 0; i < kernel.size(); ++i) EXPECT_DOUBLE_EQ(kernel[i], expanded[i]);
    }
  }
  const Application line_gradient{.op = "AveragePoolGradient",
                                  .inputs = {signal({2, 4}), Tensor::of<int64_t>({3}, {1, 1, 3})},
                                  .attributes = {{"kernel_shape", Integers{2}}},
                                  .domain = kInternalDomain};
  EXPECT_EQ(numbers(evaluate(line_gradient)[0]), (Numbers{1, 3, 2}));
}

}  // namespace
}  // namespace twingrad
