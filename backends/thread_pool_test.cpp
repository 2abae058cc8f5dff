#include "backends/thread_pool.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <numeric>
#include <stdexcept>
#include <string>

#include "ir/error.h"

namespace twingrad {
namespace {

TEST(ThreadPool, RunsEveryItemOnceForAnyNumberOfThreads) {
  for (int threads : {1, 2, 3, 5}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.threads(), threads);
    for (int64_t items : {0, 1, 2, 7, 1000}) {
      std::vector<std::atomic<int>> runs(static_cast<size_t>(items));
      pool.parallel_for(items, [&](int64_t item, int worker) {
        EXPECT_GE(worker, 0);
        EXPECT_LT(worker, threads);
        runs[static_cast<size_t>(item)].fetch_add(1);
      });
      for (const auto& count : runs) EXPECT_EQ(count.load(), 1);
    }
  }
}

TEST(ThreadPool, GivesAWorkerNumberToOneThreadAtATime) {
  ThreadPool pool(3);
  std::array<std::atomic<int>, 3> inside{};
  for (int round = 0; round < 200; ++round) {
    pool.parallel_for(16, [&](int64_t, int worker) {
      EXPECT_EQ(inside[static_cast<size_t>(worker)].fetch_add(1), 0);
      inside[static_cast<size_t>(worker)].fetch_sub(1);
    });
  }
}

TEST(ThreadPool, MakesTheWorkVisibleToTheCallerInManyShortJobs) {
  ThreadPool pool(2);
  std::vector<int64_t> values(8);
  for (int64_t round = 0; round < 20000; ++round) {
    pool.parallel_for(8, [&](int64_t item, int) { values[static_cast<size_t>(item)] += item; });
  }
  for (int64_t item = 0; item < 8; ++item)
    EXPECT_EQ(values[static_cast<size_t>(item)], 20000 * item);
}

TEST(ThreadPool, WakesWorkersThatSleep) {
  ThreadPool pool(2);
  for (int round = 0; round < 5; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
    std::atomic<int64_t> sum{0};
    pool.parallel_for(100, [&](int64_t item, int) { sum += item; });
    EXPECT_EQ(sum.load(), 4950);
  }
}

TEST(ThreadPool, RunsNestedCallsInline) {
  ThreadPool pool(2);
  std::atomic<int> inner_items{0};
  pool.parallel_for(4, [&](int64_t, int) {
    const auto outer_thread = std::this_thread::get_id();
    pool.parallel_for(10, [&](int64_t, int worker) {
      EXPECT_EQ(worker, 0);
      EXPECT_EQ(std::this_thread::get_id(), outer_thread);
      ++inner_items;
    });
  });
  EXPECT_EQ(inner_items.load(), 40);
}

TEST(ThreadPool, RethrowsTheExceptionAndStaysUsable) {
  ThreadPool pool(2);
  for (int round = 0; round < 100; ++round) {
    try {
      pool.parallel_for(50, [](int64_t item, int) {
        if (item == 3) throw std::runtime_error(std::to_string(item));
      });
      FAIL() << "no exception";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "3");
    }
  }
  std::atomic<int> items{0};
  pool.parallel_for(10, [&](int64_t, int) { ++items; });
  EXPECT_EQ(items.load(), 10);
}

TEST(ThreadPool, RefusesNoThreads) {
  EXPECT_THROW(ThreadPool(0), Error);
}

}  // namespace
}  // namespace twingrad
