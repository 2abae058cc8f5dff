#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "backends/reference/evaluate.h"

namespace twingrad {
namespace {

Tensor cast_to(const Tensor& x, DataType to, Attributes attributes = {}) {
  attributes.set("to", static_cast<int64_t>(to));
  return evaluate({.op = "Cast", .inputs = {x}, .attributes = std::move(attributes)})[0];
}

Tensor floats(std::initializer_list<float> values) {
  return Tensor::of<float>({static_cast<int64_t>(values.size())}, values);
}

constexpr float kFloatInfinity = std::numeric_limits<float>::infinity();
constexpr float kFloatNan = std::numeric_limits<float>::quiet_NaN();

TEST(ReferenceCast, TruncatesFloatsAndStaysInRange) {
  const Tensor x = floats({-1.9F, 1.9F, 300, -300, kFloatNan, kFloatInfinity});
  EXPECT_EQ(numbers(cast_to(x, DataType::kInt8)), (std::vector<double>{-1, 1, 127, -128, 0, 127}));
  EXPECT_EQ(cast_to(floats({-kFloatInfinity}), DataType::kInt64).data<int64_t>()[0],
            std::numeric_limits<int64_t>::min());
  EXPECT_EQ(cast_to(floats({1e30F}), DataType::kUint64).data<uint64_t>()[0],
            std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(numbers(cast_to(floats({0, -0.0F, 0.1F, kFloatNan}), DataType::kBool)),
            (std::vector<double>{0, 0, 1, 1}));
}

TEST(ReferenceCast, KeepsTheLowBitsOfIntegers) {
  const Tensor x = Tensor::of<int16_t>({4}, {200, -1, 256, 9});
  EXPECT_EQ(numbers(cast_to(x, DataType::kInt8)), (std::vector<double>{-56, -1, 0, 9}));
  EXPECT_EQ(numbers(cast_to(x, DataType::kUint8)), (std::vector<double>{200, 255, 0, 9}));
  EXPECT_EQ(numbers(cast_to(x, DataType::kInt4)), (std::vector<double>{-8, -1, 0, -7}));
  EXPECT_EQ(numbers(cast_to(x, DataType::kUint4)), (std::vector<double>{8, 15, 0, 9}));
  const Tensor wide = Tensor::of<uint64_t>({1}, {std::numeric_limits<uint64_t>::max()});
  EXPECT_EQ(numbers(cast_to(wide, DataType::kInt32)), (std::vector<double>{-1}));
  EXPECT_EQ(numbers(cast_to(wide, DataType::kFloat)), (std::vector<double>{0x1p64}));
}

TEST(ReferenceCast, RoundsDoublesToHalfOnce) {
  // 1 + 2^-11 is half way to the next half; a bit more must round up although float drops the bit.
  const Tensor x = Tensor::of<double>({2}, {1 + 0x1p-11, 1 + 0x1p-11 + 0x1p-40});
  EXPECT_EQ(numbers(cast_to(x, DataType::kFloat16)), (std::vector<double>{1, 1 + 0x1p-10}));
}

TEST(ReferenceCast, GoesToSixBitFloatsAndBack) {
  const Tensor x = floats({1000, -kFloatInfinity, 0.3F, -1.1F});
  for (const int64_t saturate : {0, 1}) {
    const Attributes attributes{{"saturate", saturate}};
    const Tensor e2m3 = cast_to(x, DataType::kFloat6E2M3, attributes);
    EXPECT_EQ(numbers(cast_to(e2m3, DataType::kDouble)),
              (std::vector<double>{7.5, -7.5, 0.25, -1.125}));
    const Tensor e3m2 = cast_to(x, DataType::kFloat6E3M2, attributes);
    EXPECT_EQ(numbers(cast_to(e3m2, DataType::kInt32)), (std::vector<double>{28, -28, 0, -1}));
  }
}

TEST(ReferenceCast, SaturatesEightBitFloatsIfAsked) {
  const Tensor x = floats({1000, -kFloatInfinity, 0.3F});
  EXPECT_EQ(numbers(cast_to(x, DataType::kFloat8E4M3FN)), (std::vector<double>{448, -448, 0.3125}));
  const Tensor open = cast_to(x, DataType::kFloat8E4M3FN, {{"saturate", int64_t{0}}});
  EXPECT_TRUE(std::isnan(numbers(open)[0]) && std::isnan(numbers(open)[1]));
  const Tensor e5m2 = cast_to(floats({1e6F}), DataType::kFloat8E5M2, {{"saturate", int64_t{0}}});
  EXPECT_EQ(numbers(e5m2)[0], kFloatInfinity);
  EXPECT_EQ(numbers(cast_to(e5m2, DataType::kFloat))[0], kFloatInfinity);
}

TEST(ReferenceCast, RoundsToPowersOfTwoAsTheModeSays) {
  const Tensor x = floats({3, 2.5F, 4});
  const auto rounded = [&](const char* mode) {
    return numbers(cast_to(x, DataType::kFloat8E8M0, {{"round_mode", std::string(mode)}}));
  };
  EXPECT_EQ(rounded("up"), (std::vector<double>{4, 4, 4}));
  EXPECT_EQ(rounded("down"), (std::vector<double>{2, 2, 4}));
  EXPECT_EQ(rounded("nearest"), (std::vector<double>{4, 2, 4}));
  EXPECT_THROW(rounded("sideways"), Error);
}

TEST(ReferenceCast, ReadsAndWritesText) {
  const Tensor text = Tensor::of_strings({5}, {"1e-5", "+INF", "-inf", "NaN", "3.25"});
  const std::vector<double> read = numbers(cast_to(text, DataType::kFloat));
  EXPECT_EQ(read[0], static_cast<double>(1e-5F));
  EXPECT_EQ(read[1], kFloatInfinity);
  EXPECT_EQ(read[2], -kFloatInfinity);
  EXPECT_TRUE(std::isnan(read[3]));
  EXPECT_EQ(read[4], 3.25);
  const Tensor whole = Tensor::of_strings({2}, {"-9223372036854775807", "12"});
  EXPECT_EQ(cast_to(whole, DataType::kInt64).data<int64_t>()[0], -9223372036854775807);
  const Tensor written = cast_to(floats({0.1F, kFloatInfinity, kFloatNan, -2}), DataType::kString);
  EXPECT_TRUE(identical(written, Tensor::of_strings({4}, {"0.1", "INF", "NaN", "-2"})));
  EXPECT_THROW(cast_to(Tensor::of_strings({1}, {"one"}), DataType::kFloat), Error);
  EXPECT_THROW(cast_to(Tensor::of_strings({1}, {""}), DataType::kFloat), Error);
}

TEST(ReferenceCast, GoesFromEveryTypeToEveryTypeButComplexOnes) {
  for (int from = 1; from < kDataTypeCount; ++from) {
    for (int to = 1; to < kDataTypeCount; ++to) {
      const auto source = static_cast<DataType>(from);
      const auto target = static_cast<DataType>(to);
      const bool text = source == DataType::kString;
      const Tensor one = text ? Tensor::of_strings({300}, std::vector<std::string>(300, "1"))
                              : Tensor::filled(source, {300}, 1);
      if (is_complex(source) || is_complex(target)) {
        EXPECT_THROW(cast_to(one, target), Error);
        continue;
      }
      const Tensor result = cast_to(one, target);
      if (target == DataType::kString) {
        EXPECT_EQ(result.strings()[299], "1") << data_type_name(source);
      } else {
        EXPECT_EQ(element_as_double(result, 299), 1)
            << data_type_name(source) << " to " << data_type_name(target);
      }
    }
  }
}

}  // namespace
}  // namespace twingrad
