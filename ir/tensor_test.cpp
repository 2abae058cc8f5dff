#include "ir/tensor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ir/error.h"

namespace twingrad {
namespace {

TEST(Tensor, ElementCountOverflowIsRefused) {
  EXPECT_THROW(Tensor(DataType::kFloat, Shape{int64_t{1} << 40, int64_t{1} << 40}), Error);
  EXPECT_THROW(Tensor(DataType::kFloat, Shape{-1}), Error);
}

TEST(Tensor, CopiesShareStorageAndClonesDoNot) {
  Tensor a = Tensor::of<float>({2}, {1, 2});
  const Tensor shared = a;
  const Tensor copy = a.clone();
  a.data<float>()[0] = 5;
  EXPECT_EQ(shared.values<float>()[0], 5);
  EXPECT_EQ(copy.values<float>()[0], 1);
}

TEST(Tensor, FilledHoldsTheValueInEveryElementOfEveryNumericType) {
  for (int number = 1; number < kDataTypeCount; ++number) {
    const auto type = static_cast<DataType>(number);
    if (type == DataType::kString) continue;
    const Tensor tensor = Tensor::filled(type, {7}, 1.0);
    for (int64_t i = 0; i < 7; ++i) EXPECT_EQ(element_as_double(tensor, i), 1.0) << number;
  }
}

// Every bit pattern survives the way over float, so both conversions agree with each other.
TEST(FloatFormats, EveryBitPatternRoundTrips) {
  for (const DataType type :
       {DataType::kFloat8E4M3FN, DataType::kFloat8E4M3FNUZ, DataType::kFloat8E5M2,
        DataType::kFloat8E5M2FNUZ, DataType::kFloat4E2M1, DataType::kFloat8E8M0,
        DataType::kFloat6E2M3, DataType::kFloat6E3M2}) {
    for (int bits = 0; bits < (1 << stored_bits(type)); ++bits) {
      const float value = small_float_to_float(static_cast<uint8_t>(bits), type);
      if (std::isnan(value)) continue;
      EXPECT_EQ(small_float_from_float(value, type, false), bits)
          << data_type_name(type) << " " << value;
    }
  }
  for (int bits = 0; bits < 0x10000; ++bits) {
    Float16 half;
    half.bits = static_cast<uint16_t>(bits);
    if (!std::isnan(static_cast<float>(half))) {
      EXPECT_EQ(Float16(static_cast<float>(half)).bits, bits);
    }
  }
}

// The values of ml_dtypes, by which ONNX casts.
TEST(FloatFormats, SixBitFloatsSaturateAndRoundToEven) {
  const auto codes = [](DataType type) {
    const float infinity = std::numeric_limits<float>::infinity();
    std::vector<int> result;
    for (const float value : {infinity, -infinity, 100.0F, 0.0625F, 0.1875F, -0.01F, 7.75F, 3.3F,
                              27.0F, 0.03125F, 0.09375F}) {
      result.push_back(small_float_from_float(value, type, false));
    }
    return result;
  };
  EXPECT_EQ(codes(DataType::kFloat6E2M3),
            (std::vector<int>{31, 63, 31, 0, 2, 32, 31, 21, 31, 0, 1}));
  EXPECT_EQ(codes(DataType::kFloat6E3M2),
            (std::vector<int>{31, 63, 31, 1, 3, 32, 24, 19, 31, 0, 2}));
}

TEST(FloatFormats, RoundToNearestTiesToEven) {
  EXPECT_EQ(static_cast<float>(Float16(2049.0F)), 2048.0F);
  EXPECT_EQ(static_cast<float>(Float16(2051.0F)), 2052.0F);
  EXPECT_EQ(static_cast<float>(BFloat16(1.00390625F)), 1.0F);
  EXPECT_EQ(small_float_to_float(small_float_from_float(17.0F, DataType::kFloat8E4M3FN),
                                 DataType::kFloat8E4M3FN),
            16.0F);
  EXPECT_TRUE(std::isinf(static_cast<float>(Float16(65520.0F))));
}

}  // namespace
}  // namespace twingrad
