#include "parity/element_statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace twingrad {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// A tensor longer than one stretch of the passes, zero but for one element.
template <typename T>
Tensor with_one(T value, int64_t place, int64_t count = 1500) {
  Tensor tensor = Tensor::zeros(kNativeType<T>, Shape{count});
  tensor.data<T>()[place] = value;
  return tensor;
}

TEST(ElementStatistics, AreThoseOfEveryElement) {
  for (const int64_t place : {0, 511, 512, 1499}) {
    EXPECT_EQ(element_statistics(with_one(-3.0F, place)).largest, 3);
    EXPECT_EQ(element_statistics(with_one(-3.0, place)).largest, 3);
    EXPECT_EQ(element_statistics(with_one(int32_t{-3}, place)).largest, 3);
    EXPECT_FALSE(element_statistics(with_one(1e-45F, place)).all_zero);
    EXPECT_FALSE(element_statistics(with_one(1e-45F, place)).all_equal);
    EXPECT_FALSE(is_all_zero(with_one(1e-45F, place)));
    const ElementStatistics broken = element_statistics(with_one(kNan, place));
    EXPECT_FALSE(broken.finite);
    EXPECT_EQ(broken.largest, 0);
  }
}

TEST(ElementStatistics, SeeZerosOfEitherSignAndConstants) {
  const ElementStatistics zeros = element_statistics(with_one(-0.0F, 700));
  EXPECT_TRUE(zeros.all_zero && zeros.all_equal && zeros.finite);
  EXPECT_TRUE(is_all_zero(with_one(-0.0F, 700)));
  const ElementStatistics twos = element_statistics(Tensor::filled(DataType::kFloat, {600}, 2));
  EXPECT_TRUE(twos.all_equal && !twos.all_zero);
  const ElementStatistics nothing = element_statistics(Tensor::zeros(DataType::kDouble, {0}));
  EXPECT_TRUE(nothing.all_zero && nothing.finite);
  EXPECT_EQ(nothing.largest, 0);
}

TEST(ElementStatistics, LargestMagnitudeLeavesOutWhatIsNotFinite) {
  const auto tensor = Tensor::of<float>({3}, {-2, std::numeric_limits<float>::infinity(), 1});
  EXPECT_EQ(largest_magnitude(tensor), 2);
}

TEST(PairStatistics, NameTheElementThatExceedsTheToleranceMost) {
  const auto right = Tensor::of<double>({4}, {100, 1, 0, -2});
  const auto left = Tensor::of<double>({4}, {101, 1.5, 0, -2});
  Tolerance tolerance;
  tolerance.rtol = 0.1;
  const PairStatistics found = pair_statistics(left, right, tolerance, 100);
  EXPECT_EQ(found.worst, 1);
  EXPECT_DOUBLE_EQ(found.worst_excess, 5);
  EXPECT_DOUBLE_EQ(found.max_abs, 1);
  EXPECT_DOUBLE_EQ(found.max_rel, 0.5);
  EXPECT_DOUBLE_EQ(found.squared, 1.25);
  EXPECT_EQ(found.incomparable, -1);
}

TEST(PairStatistics, EndAtWhatNoToleranceMeasures) {
  Tolerance tolerance;
  const Tensor nan = with_one(kNan, 600);
  const Tensor infinite = with_one(kInfinity, 600);
  EXPECT_EQ(pair_statistics(nan, nan, tolerance, 0).incomparable, 600);
  EXPECT_EQ(pair_statistics(infinite, infinite, tolerance, 0).incomparable, -1);
  EXPECT_EQ(pair_statistics(infinite, with_one(-kInfinity, 600), tolerance, 0).incomparable, 600);
  EXPECT_EQ(pair_statistics(with_one(1.0, 600), infinite, tolerance, 0).incomparable, 600);
  tolerance.nan_equal = true;
  EXPECT_EQ(pair_statistics(nan, nan, tolerance, 0).incomparable, -1);
  EXPECT_EQ(pair_statistics(nan, infinite, tolerance, 0).incomparable, 600);
}

TEST(LargestDifference, IsInfiniteWhereOneSideHasNoNumber) {
  const Tensor nan = with_one(kNan, 3, 5);
  EXPECT_EQ(largest_difference(nan, nan), 0);
  EXPECT_EQ(largest_difference(nan, with_one(1.0, 3, 5)), kInfinity);
  EXPECT_EQ(largest_difference(with_one(1.0, 3, 5), with_one(1.0, 3, 6)), kInfinity);
  EXPECT_EQ(largest_difference(with_one(1.0, 3, 5), with_one(-1.0, 4, 5)), 1);
}

}  // namespace
}  // namespace twingrad
