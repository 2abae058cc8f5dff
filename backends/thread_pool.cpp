#include "backends/thread_pool.h"

#include <immintrin.h>
#include <sched.h>

#include <chrono>

#include "ir/error.h"

namespace twingrad {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kSpinTime = std::chrono::microseconds(150);
constexpr auto kYieldTime = std::chrono::microseconds(300);
constexpr int kPausesPerLook = 32;

// Waits until done() holds: spins, then yields. False when `limit` passed first.
template <typename Done>
bool spin_until(Done done, Clock::duration limit) {
  const auto begin = Clock::now();
  for (;;) {
    for (int pause = 0; pause < kPausesPerLook; ++pause) {
      if (done()) return true;
      _mm_pause();
    }
    const auto waited = Clock::now() - begin;
    if (waited > limit) return false;
    if (waited > kSpinTime) std::this_thread::yield();
  }
}

}  // namespace

int ThreadPool::default_thread_count() {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 1;
  const int count = CPU_COUNT(&allowed);
  return count > 0 ? count : 1;
}

ThreadPool::ThreadPool(int threads) {
  check(threads >= 1, "a thread pool needs at least 1 thread, not ", threads);
  workers_.reserve(static_cast<size_t>(threads - 1));
  for (int worker = 1; worker < threads; ++worker) {
    workers_.emplace_back([this, worker] { run_worker(worker); });
  }
}

ThreadPool::~ThreadPool() {
  stop_.store(true);
  epoch_.fetch_add(1);
  epoch_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::parallel_for(int64_t items, ItemFunction f) {
  const bool inline_run = workers_.empty() || items <= 1;
  if (inline_run || busy_.exchange(true, std::memory_order_acquire)) {
    for (int64_t item = 0; item < items; ++item) f(item, 0);
    return;
  }
  function_ = &f;
  items_ = items;
  exception_ = nullptr;
  next_.store(0, std::memory_order_relaxed);
  open_.store(true);
  epoch_.fetch_add(1);
  if (sleepers_.load() > 0) epoch_.notify_all();
  run_items(0);
  open_.store(false);
  wait_until_left();
  const std::exception_ptr thrown = std::exchange(exception_, nullptr);
  busy_.store(false, std::memory_order_release);
  if (thrown) std::rethrow_exception(thrown);
}

void ThreadPool::run_worker(int worker) {
  uint32_t seen = 0;
  for (;;) {
    if (!wait_for_job(seen)) return;
    seen = epoch_.load();
    inside_.fetch_add(1);
    if (open_.load()) run_items(worker);
    inside_.fetch_sub(1);
  }
}

// False when the pool is being destroyed.
bool ThreadPool::wait_for_job(uint32_t seen) {
  const auto changed = [&] { return epoch_.load(std::memory_order_relaxed) != seen; };
  if (!spin_until(changed, kSpinTime + kYieldTime)) {
    sleepers_.fetch_add(1);
    while (epoch_.load() == seen) epoch_.wait(seen);
    sleepers_.fetch_sub(1);
  }
  return !stop_.load();
}

void ThreadPool::run_items(int worker) {
  for (;;) {
    const int64_t item = next_.fetch_add(1, std::memory_order_relaxed);
    if (item >= items_) return;
    try {
      (*function_)(item, worker);
    } catch (...) {
      keep_exception(item);
    }
  }
}

void ThreadPool::keep_exception(int64_t item) {
  const std::lock_guard lock(exception_mutex_);
  if (!exception_ || item < exception_item_) {
    exception_ = std::current_exception();
    exception_item_ = item;
  }
  next_.store(items_, std::memory_order_relaxed);
}

void ThreadPool::wait_until_left() {
  const auto left = [&] { return inside_.load() == 0; };
  while (!spin_until(left, std::chrono::hours(1))) {
  }
}

}  // namespace twingrad
