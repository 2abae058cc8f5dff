#pragma once

#include <cstddef>
#include <memory>

namespace twingrad {

// 75 % of the machine's memory.
size_t default_memory_limit();
// Throws Error "would allocate X bytes, limit Y" where `bytes` is above `limit`.
void check_memory(size_t bytes, size_t limit);

// Memory for a whole plan, aligned to at least 64 bytes and freed with the last copy of the
// pointer. From 2 MB on it is asked for in huge pages; every page is there before the call returns,
// so that no step pays for its first touch. Throws Error where the system refuses.
std::shared_ptr<std::byte> allocate_arena(size_t bytes);

}  // namespace twingrad
