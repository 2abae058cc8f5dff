#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "backends/reference/evaluate.h"

namespace twingrad {
namespace {

using Numbers = std::vector<double>;

Tensor bit_cast(const Tensor& x, DataType to) {
  return compute("BitCast", {x}, {{"to", static_cast<int64_t>(to)}});
}

TEST(BitShift, FillsWithTheSignAndEmptiesBeyondTheWidth) {
  const Tensor x = vector<int8_t>({-127, -127, 64, 64, -1, 5});
  const Tensor bits = vector<int8_t>({1, 8, 1, -1, 100, 0});
  EXPECT_EQ(numbers(compute("BitShift", {x, bits}, {{"direction", std::string("RIGHT")}})),
            (Numbers{-64, -1, 32, 0, -1, 5}));
  EXPECT_EQ(numbers(compute("BitShift", {x, bits}, {{"direction", std::string("LEFT")}})),
            (Numbers{2, 0, -128, 0, 0, 5}));
  const Tensor wide = vector<uint64_t>({uint64_t{1} << 63, 3});
  EXPECT_EQ(numbers(compute("BitShift", {wide, vector<uint64_t>({63, 64})},
                            {{"direction", std::string("RIGHT")}})),
            (Numbers{1, 0}));
  EXPECT_THROW(compute("BitShift", {x, bits}, {{"direction", std::string("UP")}}), Error);
}

TEST(Bitwise, WorksOnTheBitsOfSignedIntegers) {
  const Tensor a = vector<int16_t>({-1, 12, 0});
  const Tensor b = vector<int16_t>({10, 10, -7});
  EXPECT_EQ(numbers(compute("BitwiseAnd", {a, b})), (Numbers{10, 8, 0}));
  EXPECT_EQ(numbers(compute("BitwiseOr", {a, b})), (Numbers{-1, 14, -7}));
  EXPECT_EQ(numbers(compute("BitwiseXor", {a, b})), (Numbers{-11, 6, -7}));
  EXPECT_EQ(numbers(compute("BitwiseNot", {b})), (Numbers{-11, -11, 6}));
}

TEST(BitCast, KeepsTheBitsOfEveryWidth) {
  EXPECT_EQ(bit_cast(vector<float>({-0.0F, 1}), DataType::kUint32).values<uint32_t>()[0], 1U << 31);
  EXPECT_EQ(numbers(bit_cast(vector<uint16_t>({0x3c00, 0xc000}), DataType::kFloat16)),
            (Numbers{1, -2}));
  EXPECT_EQ(numbers(bit_cast(vector<uint8_t>({0, 1}), DataType::kBool)), (Numbers{0, 1}));
  EXPECT_EQ(numbers(bit_cast(vector<uint8_t>({0x38}), DataType::kFloat8E4M3FN)), (Numbers{1}));
}

TEST(BitCast, ExtendsTheSignOfTypesBelowAByte) {
  Tensor four(DataType::kInt4, {2});
  set_element(four, 0, -1);
  set_element(four, 1, 7);
  const Tensor naturals = bit_cast(four, DataType::kUint4);
  EXPECT_EQ(numbers(naturals), (Numbers{15, 7}));
  EXPECT_TRUE(identical(bit_cast(naturals, DataType::kInt4), four));
  Tensor two(DataType::kUint2, {2});
  set_element(two, 0, 2);
  set_element(two, 1, 1);
  EXPECT_EQ(numbers(bit_cast(two, DataType::kInt2)), (Numbers{-2, 1}));
}

TEST(BitCast, RefusesOtherWidthsAndStrings) {
  EXPECT_THROW(bit_cast(vector<float>({1}), DataType::kDouble), Error);
  EXPECT_THROW(bit_cast(vector<uint8_t>({1}), DataType::kInt4), Error);
  EXPECT_THROW(bit_cast(vector<uint8_t>({1}), DataType::kString), Error);
}

TEST(Mod, HasTheSignOfTheDivisorOrOfTheDividend) {
  const Tensor a = vector<int8_t>({-4, 7, 5, 4, -7, 8, -128});
  const Tensor b = vector<int8_t>({2, -3, 8, -2, 3, 5, -1});
  EXPECT_EQ(numbers(compute("Mod", {a, b})), (Numbers{0, -2, 5, 0, 2, 3, 0}));
  EXPECT_EQ(numbers(compute("Mod", {a, b}, {{"fmod", int64_t{1}}})),
            (Numbers{0, 1, 5, 0, -1, 3, 0}));
}

TEST(Mod, HasSignedZerosAndInfinities) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const Tensor a = vector<double>({0.0, -0.0, 3, -3, kInfinity, 1, 6});
  const Tensor b = vector<double>({-2, 2, kInfinity, kInfinity, 2, 0, -3});
  const Numbers floored = numbers(compute("Mod", {a, b}));
  EXPECT_TRUE(floored[0] == 0 && std::signbit(floored[0]));
  EXPECT_TRUE(floored[1] == 0 && !std::signbit(floored[1]));
  EXPECT_EQ(floored[2], 3);
  EXPECT_EQ(floored[3], kInfinity);
  EXPECT_TRUE(std::isnan(floored[4]) && std::isnan(floored[5]));
  EXPECT_TRUE(floored[6] == 0 && std::signbit(floored[6]));
  EXPECT_EQ(numbers(compute("Mod", {a, b}, {{"fmod", int64_t{1}}}))[3], -3);
}

TEST(Mod, RefusesADivisionByZeroAndOtherRoundings) {
  const Tensor x = vector<int32_t>({1});
  EXPECT_THROW(compute("Mod", {x, vector<int32_t>({0})}), Error);
  EXPECT_THROW(compute("Mod", {x, x}, {{"fmod", int64_t{2}}}), Error);
}

TEST(IsInf, SeesTheSignsThatItIsAskedFor) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const Tensor x = vector<float>({kInfinity, -kInfinity, std::nanf(""), 1});
  EXPECT_EQ(numbers(compute("IsInf", {x})), (Numbers{1, 1, 0, 0}));
  EXPECT_EQ(numbers(compute("IsInf", {x}, {{"detect_negative", int64_t{0}}})),
            (Numbers{1, 0, 0, 0}));
  EXPECT_EQ(numbers(compute("IsInf", {x}, {{"detect_positive", int64_t{0}}})),
            (Numbers{0, 1, 0, 0}));
  // S.11111.00 is infinity in e5m2; the formats without infinities have none.
  const Tensor bits = vector<uint8_t>({0x7c, 0xfc, 0x7e});
  EXPECT_EQ(numbers(compute("IsInf", {bit_cast(bits, DataType::kFloat8E5M2)})), (Numbers{1, 1, 0}));
  EXPECT_EQ(numbers(compute("IsInf", {bit_cast(bits, DataType::kFloat8E4M3FN)})),
            (Numbers{0, 0, 0}));
  EXPECT_EQ(numbers(compute("IsNaN", {bit_cast(bits, DataType::kFloat8E5M2)})), (Numbers{0, 0, 1}));
}

}  // namespace
}  // namespace twingrad
