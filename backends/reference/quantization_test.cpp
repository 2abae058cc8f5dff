#include <gtest/gtest.h>

#include <limits>

#include "backends/reference/evaluate.h"

namespace twingrad {
namespace {

using Numbers = std::vector<double>;

// Inference sees the application before the expansion does.
void expect_refused(const Application& application) {
  EXPECT_THROW(evaluate_expansion(application), Error);
}

Attributes blocks(int64_t axis, int64_t size) {
  return {{"axis", axis}, {"block_size", size}};
}

Attributes output_type(DataType type) {
  return {{"output_dtype", static_cast<int64_t>(type)}};
}

TEST(QuantizeLinear, RoundsHalvesToEvenAndSaturates) {
  const float infinity = std::numeric_limits<float>::infinity();
  const Tensor x = Tensor::of<float>({8}, {1, 3, -1, -3, 5, 1e30F, -infinity, 300});
  const Tensor scale = Tensor::scalar<float>(2);
  EXPECT_EQ(numbers(compute({"QuantizeLinear", {x, scale}})),
            (Numbers{0, 2, 0, 0, 2, 255, 0, 150}));
  EXPECT_EQ(numbers(compute({"QuantizeLinear", {x, scale, Tensor::scalar<int8_t>(-10)}})),
            (Numbers{-10, -8, -10, -12, -8, 127, -128, 127}));
}

TEST(QuantizeLinear, KnowsTheRangeOfEveryType) {
  const Tensor x = Tensor::of<float>({2}, {-1e6F, 1e6F});
  const Tensor scale = Tensor::scalar<float>(1);
  const auto ends = [&](DataType type) {
    return numbers(compute({"QuantizeLinear", {x, scale}, output_type(type)}));
  };
  EXPECT_EQ(ends(DataType::kUint16), (Numbers{0, 65535}));
  EXPECT_EQ(ends(DataType::kInt16), (Numbers{-32768, 32767}));
  EXPECT_EQ(ends(DataType::kInt4), (Numbers{-8, 7}));
  EXPECT_EQ(ends(DataType::kUint4), (Numbers{0, 15}));
  EXPECT_EQ(ends(DataType::kInt2), (Numbers{-2, 1}));
  EXPECT_EQ(ends(DataType::kUint2), (Numbers{0, 3}));
  EXPECT_EQ(ends(DataType::kFloat8E4M3FN), (Numbers{-448, 448}));
  EXPECT_EQ(ends(DataType::kFloat4E2M1), (Numbers{-6, 6}));
}

TEST(QuantizeLinear, AddsZeroPointsThatHalvesCannotHold) {
  const Tensor x = Tensor::filled(DataType::kFloat16, {2}, 3);
  const Tensor scale = Tensor::filled(DataType::kFloat16, {}, 1);
  const Tensor zero = Tensor::scalar<uint16_t>(60001);
  EXPECT_EQ(numbers(compute({"QuantizeLinear", {x, scale, zero}})), (Numbers{60004, 60004}));
}

// float16 holds even numbers only beyond 2048.
TEST(QuantizeLinear, DividesInTheTypeOfTheScaleOrThePrecisionNamed) {
  const Tensor x = Tensor::of<float>({1}, {2051});
  const Tensor half = Tensor::filled(DataType::kFloat16, {}, 1);
  Attributes attributes = output_type(DataType::kInt16);
  EXPECT_EQ(numbers(compute({"QuantizeLinear", {x, half}, attributes})), Numbers{2052});
  attributes.set("precision", static_cast<int64_t>(DataType::kFloat));
  EXPECT_EQ(numbers(compute({"QuantizeLinear", {x, half}, attributes})), Numbers{2051});
}

TEST(QuantizeLinear, TakesIntegersAndScalesThatArePowersOfTwo) {
  const Tensor x = Tensor::of<int32_t>({3}, {2000000001, 7, -9});
  const Tensor scale = Tensor::scalar<int32_t>(100000);
  EXPECT_EQ(numbers(compute({"QuantizeLinear", {x, scale}, output_type(DataType::kInt16)})),
            (Numbers{20000, 0, 0}));
  const Tensor power = Tensor::filled(DataType::kFloat8E8M0, {1}, 4);
  const Tensor y = Tensor::of<float>({2}, {8, 10});
  EXPECT_EQ(numbers(compute({"QuantizeLinear", {y, power}})), (Numbers{2, 2}));
}

TEST(QuantizeLinear, HasAScaleForEveryIndexOrBlock) {
  const Tensor x = Tensor::of<float>({2, 3}, {1, 2, 3, 4, 5, 6});
  const Tensor columns = Tensor::of<float>({3}, {1, 0.5F, 0.25F});
  EXPECT_EQ(numbers(compute({"QuantizeLinear", {x, columns}})), (Numbers{1, 4, 12, 4, 10, 24}));
  const Tensor rows = Tensor::of<float>({2}, {1, 0.5F});
  EXPECT_EQ(numbers(compute({"QuantizeLinear", {x, rows}, {{"axis", int64_t{-2}}}})),
            (Numbers{1, 2, 3, 8, 10, 12}));
  // The last block of a row has one element.
  const Tensor pairs = Tensor::of<float>({2, 2}, {1, 0.5F, 0.25F, 0.1F});
  const Tensor zeros = Tensor::of<uint8_t>({2, 2}, {0, 1, 2, 3});
  EXPECT_EQ(numbers(compute({"QuantizeLinear", {x, pairs, zeros}, blocks(1, 2)})),
            (Numbers{1, 2, 7, 18, 22, 63}));
}

TEST(QuantizeLinear, RefusesWhatDoesNotFit) {
  const Tensor x = Tensor::filled(DataType::kFloat, {2, 3}, 1);
  const auto vector = [](int64_t count) { return Tensor::filled(DataType::kFloat, {count}, 1); };
  const Tensor two = Tensor::filled(DataType::kFloat, {2, 2}, 1);
  expect_refused({"QuantizeLinear", {x, vector(2)}});
  expect_refused({"QuantizeLinear", {x, vector(3)}, {{"axis", int64_t{2}}}});
  expect_refused({"QuantizeLinear", {x, two}});
  expect_refused({"QuantizeLinear", {x, two}, blocks(1, 1)});
  expect_refused({"QuantizeLinear", {x, two}, blocks(1, -2)});
  expect_refused({"QuantizeLinear", {x, vector(1)}, output_type(DataType::kFloat)});
  const Tensor zero = Tensor::scalar<int8_t>(0);
  expect_refused({"QuantizeLinear", {x, vector(1), zero}, output_type(DataType::kUint8)});
}

TEST(DequantizeLinear, SubtractsExactlyAndMultipliesInTheOutputsType) {
  const Tensor x = Tensor::of<uint8_t>({3}, {0, 3, 255});
  const Tensor zero = Tensor::scalar<uint8_t>(128);
  EXPECT_EQ(numbers(compute({"DequantizeLinear", {x, Tensor::scalar<float>(2), zero}})),
            (Numbers{-256, -250, 254}));
  const Tensor half = Tensor::filled(DataType::kFloat16, {}, 2);
  const Tensor y = compute({"DequantizeLinear", {x, half}});
  EXPECT_EQ(y.type(), DataType::kFloat16);
  EXPECT_EQ(numbers(y), (Numbers{0, 6, 510}));
  EXPECT_EQ(compute({"DequantizeLinear", {x, half}, output_type(DataType::kFloat)}).type(),
            DataType::kFloat);
}

TEST(DequantizeLinear, TakesSmallTypesBlocksAndPowersOfTwo) {
  Tensor x = Tensor::zeros(DataType::kInt4, {5});
  for (int64_t i = 0; i < 5; ++i) set_element(x, i, static_cast<double>(i - 4));
  const Tensor scale = Tensor::of<float>({3}, {1, 10, 100});
  EXPECT_EQ(numbers(compute({"DequantizeLinear", {x, scale}, blocks(0, 2)})),
            (Numbers{-4, -3, -20, -10, 0}));
  const Tensor power = Tensor::filled(DataType::kFloat8E8M0, {}, 0.5);
  EXPECT_EQ(numbers(compute({"DequantizeLinear", {x, power}, output_type(DataType::kFloat)})),
            (Numbers{-2, -1.5, -1, -0.5, 0}));
  expect_refused({"DequantizeLinear", {x, power}});
}

TEST(DequantizeLinear, OfNothingIsNothing) {
  const Tensor x = Tensor::zeros(DataType::kInt8, {0, 3});
  const Tensor scale = Tensor::zeros(DataType::kFloat, {0, 3});
  EXPECT_EQ(compute({"DequantizeLinear", {x, scale}, blocks(0, 4)}).shape(), (Shape{0, 3}));
  EXPECT_EQ(compute({"DequantizeLinear", {x, Tensor::filled(DataType::kFloat, {3}, 1)}}).shape(),
            (Shape{0, 3}));
}

TEST(DynamicQuantizeLinear, KeepsZeroExactly) {
  const Tensor x = Tensor::of<float>({3}, {-51, 0, 204});
  const std::vector<Tensor> results = evaluate({"DynamicQuantizeLinear", {x}, {}, 3});
  EXPECT_EQ(numbers(results[0]), (Numbers{0, 51, 255}));
  EXPECT_EQ(numbers(results[1]), Numbers{1});
  EXPECT_EQ(numbers(results[2]), Numbers{51});
  const Tensor positive = Tensor::of<float>({2}, {255, 510});
  EXPECT_EQ(numbers(evaluate({"DynamicQuantizeLinear", {positive}, {}, 3})[0]),
            (Numbers{128, 255}));
}

}  // namespace
}  // namespace twingrad
