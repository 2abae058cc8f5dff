#include "backends/buffer_pool.h"

#include <sys/mman.h>

#include <cstdlib>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "ir/error.h"

namespace twingrad {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;

// Sizes are rounded so that tensors of nearly the same size share buffers; large ones begin on a
// huge page, whose first touch costs a fraction of that of 512 small pages.
size_t rounded_size(size_t bytes) {
  const size_t step = bytes >= kHugePage ? kHugePage : (bytes >= 4096 ? 4096 : 64);
  return (std::max(bytes, size_t{1}) + step - 1) / step * step;
}

void* allocate(size_t bytes) {
  const bool large = bytes >= kHugePage;
  void* memory = std::aligned_alloc(large ? kHugePage : 64, bytes);
  check(memory != nullptr, "out of memory: ", bytes, " bytes for one tensor");
  if (large) madvise(memory, bytes, MADV_HUGEPAGE);
  return memory;
}

}  // namespace

struct BufferPool::FreeList {
  std::mutex mutex;
  std::unordered_map<size_t, std::vector<void*>> buffers;

  ~FreeList() {
    for (auto& [size, list] : buffers) {
      for (void* memory : list) std::free(memory);
    }
  }
  void* take(size_t size) {
    const std::lock_guard lock(mutex);
    std::vector<void*>& list = buffers[size];
    if (list.empty()) return nullptr;
    void* memory = list.back();
    list.pop_back();
    return memory;
  }
  void give(size_t size, void* memory) {
    const std::lock_guard lock(mutex);
    buffers[size].push_back(memory);
  }
};

BufferPool::BufferPool() : free_(std::make_shared<FreeList>()) {}

std::shared_ptr<void> BufferPool::take(size_t bytes) {
  const size_t size = rounded_size(bytes);
  void* memory = free_->take(size);
  if (memory == nullptr) memory = allocate(size);
  return {memory, [size, free = free_](void* done) { free->give(size, done); }};
}

}  // namespace twingrad
