#pragma once

#include <cstddef>
#include <memory>

namespace twingrad {

// Storage of tensors that ended is given to the next of the same size, so that a training loop
// touches the same pages in every step. Thread-safe; what it gave out may outlive it.
class BufferPool {
 public:
  BufferPool();
  // At least `bytes`, aligned to 64; comes back to the pool when its last owner ends.
  std::shared_ptr<void> take(size_t bytes);

 private:
  struct FreeList;
  std::shared_ptr<FreeList> free_;
};

}  // namespace twingrad
