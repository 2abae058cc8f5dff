#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace twingrad {

// A buffer that holds data from step `first` to step `last`, both included.
struct Lifetime {
  int64_t first;
  int64_t last;
  size_t bytes;
};

struct MemoryPlan {
  std::vector<size_t> offsets;  // of each buffer, multiples of kBufferAlignment
  size_t bytes = 0;             // of the arena
  size_t lower_bound = 0;       // the most bytes that live at one step; no plan needs less
};

inline constexpr size_t kBufferAlignment = 64;

// Places buffers so that those that live at the same time do not overlap. Greedy: each in turn at
// the lowest offset that is free for all of its life, in several orders, of which the plan with the
// smallest arena is taken. O(n^2).
MemoryPlan plan_memory(std::span<const Lifetime> lifetimes);

}  // namespace twingrad
