#include "backends/static/memory_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace twingrad {
namespace {

bool overlap(const Lifetime& a, const Lifetime& b) {
  return a.first <= b.last && b.first <= a.last;
}

void expect_valid(std::span<const Lifetime> lifetimes, const MemoryPlan& plan) {
  ASSERT_EQ(plan.offsets.size(), lifetimes.size());
  for (size_t i = 0; i < lifetimes.size(); ++i) {
    EXPECT_EQ(plan.offsets[i] % kBufferAlignment, 0U);
    EXPECT_LE(plan.offsets[i] + lifetimes[i].bytes, plan.bytes);
    for (size_t j = 0; j < i; ++j) {
      if (!overlap(lifetimes[i], lifetimes[j])) continue;
      const bool apart = plan.offsets[i] + lifetimes[i].bytes <= plan.offsets[j] ||
                         plan.offsets[j] + lifetimes[j].bytes <= plan.offsets[i];
      EXPECT_TRUE(apart) << "buffers " << i << " and " << j;
    }
  }
}

// As in a training step: a part of what the first half makes is read in the second, in reverse.
std::vector<Lifetime> random_program(uint64_t seed, int64_t steps) {
  std::mt19937_64 random(seed);
  std::vector<Lifetime> lifetimes;
  for (int64_t step = 0; step < steps; ++step) {
    const size_t bytes = size_t{1} << (6 + random() % 12);
    const int64_t mirrored = 2 * steps - step;
    const bool kept = random() % 3 == 0;
    const auto delay = static_cast<int64_t>(random() % 6);
    lifetimes.push_back({step, kept ? mirrored : step + delay, bytes + random() % 5000});
    lifetimes.push_back({mirrored, mirrored + delay, bytes});
  }
  return lifetimes;
}

TEST(MemoryPlan, KeepsApartWhatLivesAtTheSameTime) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const auto lifetimes = random_program(seed, 60);
    expect_valid(lifetimes, plan_memory(lifetimes));
  }
}

TEST(MemoryPlan, StaysNearTheLowerBound) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const auto lifetimes = random_program(seed, 100);
    const MemoryPlan plan = plan_memory(lifetimes);
    EXPECT_GE(plan.bytes, plan.lower_bound);
    EXPECT_LE(static_cast<double>(plan.bytes), 1.15 * static_cast<double>(plan.lower_bound))
        << "seed " << seed;
  }
}

TEST(MemoryPlan, GivesAChainTwoBuffers) {
  std::vector<Lifetime> chain;
  for (int64_t step = 0; step < 50; ++step) chain.push_back({step, step + 1, 1024});
  EXPECT_EQ(plan_memory(chain).bytes, 2048U);
}

TEST(MemoryPlan, NeedsNothingForNothing) {
  EXPECT_EQ(plan_memory({}).bytes, 0U);
  const std::vector<Lifetime> empty{{0, 3, 0}, {1, 2, 0}};
  EXPECT_EQ(plan_memory(empty).bytes, 0U);
}

}  // namespace
}  // namespace twingrad
