#include "ir/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace twingrad {
namespace {

// The known answers that the authors of Philox publish (Random123, kat_vectors).
TEST(Random, PhiloxGivesThePublishedWords) {
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}),
            (std::array<uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (std::array<uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
}

TEST(Random, NormalsHaveMeanZeroAndVarianceOne) {
  const RandomStream stream(3, 5);
  double sum = 0;
  double squares = 0;
  constexpr uint64_t kCount = 100000;
  for (uint64_t i = 0; i < kCount; ++i) {
    const double value = stream.normal(i);
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum / kCount, 0, 0.015);
  EXPECT_NEAR(squares / kCount, 1, 0.02);
}

TEST(Random, BelowStaysBelowAndReachesBothEnds) {
  const RandomStream stream(1, 2);
  std::vector<int> seen(7);
  for (uint64_t i = 0; i < 1000; ++i) ++seen.at(stream.below(7, i));
  EXPECT_GT(*std::ranges::min_element(seen), 90);
  EXPECT_LT(stream.below(uint64_t{1} << 63, 9), uint64_t{1} << 63);
}

TEST(Random, ShufflePermutesAndDependsOnTheStream) {
  std::vector<int64_t> a(100);
  std::iota(a.begin(), a.end(), 0);
  std::vector<int64_t> b = a;
  shuffle(a, RandomStream(1, 0));
  shuffle(b, RandomStream(1, 1));
  EXPECT_NE(a, b);
  std::ranges::sort(a);
  for (size_t i = 0; i < a.size(); ++i) EXPECT_EQ(a[i], static_cast<int64_t>(i));
}

}  // namespace
}  // namespace twingrad
