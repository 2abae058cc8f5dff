#include <gtest/gtest.h>

#include <limits>

#include "backends/reference/evaluate.h"

namespace twingrad {
namespace {

using Numbers = std::vector<double>;

constexpr float kOrderNan = std::numeric_limits<float>::quiet_NaN();

std::vector<Tensor> top_k(const Tensor& x, int64_t k, Attributes attributes = {}) {
  return evaluate({.op = "TopK",
                   .inputs = {x, Tensor::of<int64_t>({1}, {k})},
                   .attributes = std::move(attributes),
                   .output_count = 2});
}

std::vector<Tensor> unique(const Tensor& x, Attributes attributes = {}) {
  return evaluate(
      {.op = "Unique", .inputs = {x}, .attributes = std::move(attributes), .output_count = 4});
}

TEST(ReferenceTopK, TakesTheLargestOrTheSmallestOfEveryLine) {
  const Tensor x = Tensor::of<int32_t>({2, 3}, {1, 5, 3, 9, 7, 8});
  const auto largest = top_k(x, 2);
  EXPECT_EQ(numbers(largest[0]), (Numbers{5, 3, 9, 8}));
  EXPECT_EQ(numbers(largest[1]), (Numbers{1, 2, 0, 2}));
  const auto smallest = top_k(x, 1, {{"axis", int64_t{0}}, {"largest", int64_t{0}}});
  EXPECT_EQ(numbers(smallest[0]), (Numbers{1, 5, 3}));
  EXPECT_EQ(numbers(smallest[1]), (Numbers{0, 0, 0}));
}

TEST(ReferenceTopK, PrefersTheLowerIndexOfEqualElements) {
  const Tensor x = Tensor::of<float>({4}, {3, 1, 3, -0.0F});
  EXPECT_EQ(numbers(top_k(x, 2)[1]), (Numbers{0, 2}));
  const Tensor zeros = Tensor::of<float>({3}, {0.0F, -0.0F, 0.0F});
  for (const int64_t largest : {0, 1}) {
    EXPECT_EQ(numbers(top_k(zeros, 3, {{"largest", largest}})[1]), (Numbers{0, 1, 2}));
  }
}

// Recorded with torch 2.15: torch.topk(x, 2).indices.
TEST(ReferenceTopKPositions, ChooseOfEqualElementsAsTorchDoes) {
  const auto positions = [](const std::vector<float>& x) {
    return numbers(evaluate({.op = "TopKPositions",
                             .inputs = {Tensor::of<float>({4}, std::span<const float>(x)),
                                        Tensor::of<int64_t>({1}, {2})},
                             .domain = kInternalDomain})[0]);
  };
  EXPECT_EQ(positions({2, 2, 1, 2}), (Numbers{1, 3}));
  EXPECT_EQ(positions({0, 0, 0, 0}), (Numbers{2, 3}));
  EXPECT_EQ(positions({3, 1, 3, 3}), (Numbers{2, 3}));
}

TEST(ReferenceTopK, HasNansAboveEveryNumber) {
  const Tensor x =
      Tensor::of<float>({4}, {1, kOrderNan, std::numeric_limits<float>::infinity(), kOrderNan});
  EXPECT_EQ(numbers(top_k(x, 3)[1]), (Numbers{1, 3, 2}));
  EXPECT_EQ(numbers(top_k(x, 3, {{"largest", int64_t{0}}})[1]), (Numbers{0, 2, 1}));
}

TEST(ReferenceTopK, TakesNoneAndRefusesTooMany) {
  const Tensor x = Tensor::of<uint64_t>({2}, {1, std::numeric_limits<uint64_t>::max()});
  EXPECT_EQ(top_k(x, 0)[0].shape(), (Shape{0}));
  EXPECT_EQ(numbers(top_k(x, 1)[1]), (Numbers{1}));
  EXPECT_THROW(top_k(x, 3), Error);
  EXPECT_THROW(top_k(x, -1), Error);
  EXPECT_THROW(top_k(Tensor::scalar(1.0F), 1), Error);
}

TEST(ReferenceUnique, SortsElements) {
  const auto outputs = unique(Tensor::of<float>({2, 3}, {2, 1, 1, 3, kOrderNan, kOrderNan}));
  EXPECT_EQ(numbers(outputs[0]).size(), 4U);
  EXPECT_EQ(numbers(outputs[1]), (Numbers{1, 0, 3, 4}));
  EXPECT_EQ(numbers(outputs[2]), (Numbers{1, 0, 0, 2, 3, 3}));
  EXPECT_EQ(numbers(outputs[3]), (Numbers{2, 1, 1, 2}));
}

TEST(ReferenceUnique, KeepsTheOrderOfAppearance) {
  const auto outputs =
      unique(Tensor::of_strings({4}, {"b", "a", "b", ""}), {{"sorted", int64_t{0}}});
  ASSERT_EQ(outputs[0].shape(), (Shape{3}));
  EXPECT_EQ(outputs[0].strings()[0], "b");
  EXPECT_EQ(outputs[0].strings()[2], "");
  EXPECT_EQ(numbers(outputs[1]), (Numbers{0, 1, 3}));
  EXPECT_EQ(numbers(outputs[2]), (Numbers{0, 1, 0, 2}));
  EXPECT_EQ(numbers(outputs[3]), (Numbers{2, 1, 1}));
}

TEST(ReferenceUnique, ComparesColumns) {
  const Tensor x = Tensor::of<int8_t>({2, 3}, {1, 0, 1, 5, 6, 5});
  const auto outputs = unique(x, {{"axis", int64_t{-1}}});
  EXPECT_TRUE(identical(outputs[0], Tensor::of<int8_t>({2, 2}, {0, 1, 6, 5})));
  EXPECT_EQ(numbers(outputs[1]), (Numbers{1, 0}));
  EXPECT_EQ(numbers(outputs[2]), (Numbers{1, 0, 1}));
  EXPECT_THROW(unique(x, {{"axis", int64_t{2}}}), Error);
}

TEST(ReferenceUnique, TakesEmptyTensors) {
  EXPECT_EQ(unique(Tensor::zeros(DataType::kBool, {0, 3}))[0].shape(), (Shape{0}));
  const auto rows = unique(Tensor::zeros(DataType::kDouble, {3, 0}), {{"axis", int64_t{0}}});
  EXPECT_EQ(rows[0].shape(), (Shape{1, 0}));
  EXPECT_EQ(numbers(rows[3]), (Numbers{3}));
  const Tensor vast = Tensor::zeros(DataType::kInt8, {0, int64_t{1} << 60});
  EXPECT_THROW(unique(vast, {{"axis", int64_t{1}}}), Error);
  EXPECT_EQ(unique(vast, {{"axis", int64_t{0}}})[0].element_count(), 0);
  EXPECT_EQ(top_k(vast, 2)[0].shape(), (Shape{0, 2}));
}

}  // namespace
}  // namespace twingrad
