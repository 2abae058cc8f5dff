#include <gtest/gtest.h>

#include "backends/reference/evaluate.h"

namespace twingrad {
namespace {

using Numbers = std::vector<double>;

const Tensor kLeft = Tensor::of<uint8_t>({2, 2}, {1, 2, 3, 4});
const Tensor kRight = Tensor::of<int8_t>({2, 3}, {1, 0, -1, 2, 1, -128});

TEST(MatMulInteger, SubtractsZeroPointsOfRowsAndColumns) {
  EXPECT_EQ(numbers(compute({"MatMulInteger", {kLeft, kRight}})),
            (Numbers{5, 2, -257, 11, 4, -515}));
  const Tensor rows = Tensor::of<uint8_t>({2}, {1, 4});
  // {0 1} and {-1 0} times the columns less 0, 1, -1.
  const Tensor columns = Tensor::of<int8_t>({3}, {0, 1, -1});
  const Tensor y = compute({"MatMulInteger", {kLeft, kRight, rows, columns}});
  EXPECT_EQ(y.type(), DataType::kInt32);
  EXPECT_EQ(numbers(y), (Numbers{2, 0, -127, -1, 1, 0}));
}

TEST(MatMulInteger, WrapsAroundAt32Bits) {
  const int64_t count = 33100;  // times 255 * 255 is 2 ^ 31 and some
  const Tensor a = Tensor::filled(DataType::kUint8, {1, count}, 255);
  const Tensor b = Tensor::filled(DataType::kUint8, {count, 1}, 255);
  EXPECT_EQ(numbers(compute({"MatMulInteger", {a, b}})), Numbers{33100.0 * 65025 - 4294967296.0});
}

TEST(ConvInteger, PadsWithTheZeroPoint) {
  const Tensor x = Tensor::of<uint8_t>({1, 1, 3}, {11, 12, 13});
  const Tensor w = Tensor::of<uint8_t>({2, 1, 2}, {3, 4, 5, 6});
  const Tensor zero = Tensor::scalar<uint8_t>(10);
  const Tensor zeros = Tensor::of<uint8_t>({2}, {2, 6});
  // x is 1 2 3 in zeros, w is 1 2 and -1 0.
  const Attributes pads{{"pads", std::vector<int64_t>{1, 1}}};
  EXPECT_EQ(numbers(compute({"ConvInteger", {x, w, zero, zeros}, pads})),
            (Numbers{2, 5, 8, 3, 0, -1, -2, -3}));
}

TEST(QLinearMatMul, RoundsHalvesToEvenBeforeTheZeroPoint) {
  const auto scalar = [](float value) { return Tensor::scalar<float>(value); };
  const Tensor zero = Tensor::scalar<uint8_t>(0);
  const Tensor signed_zero = Tensor::scalar<int8_t>(0);
  // The product 5 2 -257 / 11 4 -515, halved.
  const Tensor y = compute({"QLinearMatMul",
                            {kLeft, scalar(1), zero, kRight, scalar(1), signed_zero, scalar(2),
                             Tensor::scalar<uint8_t>(129)}});
  EXPECT_EQ(numbers(y), (Numbers{131, 130, 1, 135, 131, 0}));
  const Tensor rows = Tensor::of<float>({2}, {1, 2});
  const Tensor columns = Tensor::of<float>({3}, {1, 2, 0.25F});
  const Tensor zeros = Tensor::of<uint8_t>({2}, {0, 0});
  const Tensor z =
      compute({"QLinearMatMul",
               {kLeft, rows, zeros, kRight, columns, Tensor::zeros(DataType::kInt8, {3}), scalar(1),
                Tensor::scalar<int8_t>(0)}});
  EXPECT_EQ(numbers(z), (Numbers{5, 4, -64, 22, 16, -128}));
}

TEST(QLinearConv, AddsItsBiasInTheStepsOfTheProduct) {
  const auto scalar = [](float value) { return Tensor::scalar<float>(value); };
  const Tensor x = Tensor::of<uint8_t>({1, 1, 2}, {11, 12});
  const Tensor w = Tensor::of<int8_t>({2, 1, 1}, {3, -4});
  const Tensor scales = Tensor::of<float>({2}, {1, 0.5F});
  const Tensor zeros = Tensor::zeros(DataType::kInt8, {2});
  const Tensor bias = Tensor::of<int32_t>({2}, {100, 2});
  // 103 106 and -2 -6 in steps of 2 and 1, by 4.
  EXPECT_EQ(numbers(compute({"QLinearConv",
                             {x, scalar(2), Tensor::scalar<uint8_t>(10), w, scales, zeros,
                              scalar(4), Tensor::scalar<uint8_t>(5), bias}})),
            (Numbers{57, 58, 5, 3}));
}

}  // namespace
}  // namespace twingrad
