#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace twingrad {

// A reference to a callable `void f(int64_t item, int worker)`: no allocation, no ownership.
class ItemFunction {
 public:
  template <typename F, typename = std::enable_if_t<!std::is_same_v<std::decay_t<F>, ItemFunction>>>
  ItemFunction(F&& f)  // NOLINT(bugprone-forwarding-reference-overload): excluded above
      : object_(const_cast<void*>(static_cast<const void*>(std::addressof(f)))),
        call_([](void* object, int64_t item, int worker) {
          (*static_cast<std::remove_reference_t<F>*>(object))(item, worker);
        }) {}
  void operator()(int64_t item, int worker) const { call_(object_, item, worker); }

 private:
  void* object_;
  void (*call_)(void*, int64_t, int);
};

// Threads that stay: they spin for a while after a job, then yield, then sleep.
//
// A job is a number of items. Which thread takes an item is left open, so whatever an item
// computes must depend on its number only; then results do not depend on the number of threads.
class ThreadPool {
 public:
  // `threads` counts the caller's: 1 runs everything inline. At least 1, else Error.
  explicit ThreadPool(int threads = default_thread_count());
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  // Calls f(item, worker) once for every item in [0, items); worker is in [0, threads()), and no
  // two calls with the same worker overlap, so it can choose a workspace. Returns when all are
  // done. A call from inside f, or while another thread's job runs, runs inline as worker 0.
  // After an exception the items not yet begun are skipped, and of the exceptions thrown the one
  // of the lowest item is rethrown here.
  void parallel_for(int64_t items, ItemFunction f);

  // The number of CPUs in the affinity mask of the process.
  static int default_thread_count();

 private:
  void run_worker(int worker);
  bool wait_for_job(uint32_t seen);
  void run_items(int worker);
  void keep_exception(int64_t item);
  void wait_until_left();

  std::vector<std::thread> workers_;
  std::atomic<bool> busy_{false};

  // The job. Written by its owner while nobody is inside, read by those inside.
  const ItemFunction* function_ = nullptr;
  int64_t items_ = 0;
  std::mutex exception_mutex_;
  std::exception_ptr exception_;
  int64_t exception_item_ = 0;

  alignas(64) std::atomic<int64_t> next_{0};
  // A worker enters (inside_ + 1), then looks whether the job is still open; the owner closes it,
  // then waits until nobody is inside. All of it is sequentially consistent, so one sees the other.
  alignas(64) std::atomic<uint32_t> epoch_{0};
  std::atomic<int> sleepers_{0};
  std::atomic<bool> stop_{false};
  alignas(64) std::atomic<int> inside_{0};
  std::atomic<bool> open_{false};
};

}  // namespace twingrad
