#include "backends/static/arena.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

#include "ir/error.h"

namespace twingrad {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;
constexpr size_t kPage = 4096;
constexpr size_t kAlignment = 64;

void touch_pages(std::byte* memory, size_t bytes) {
#ifdef MADV_POPULATE_WRITE
  if (madvise(memory, bytes, MADV_POPULATE_WRITE) == 0) return;
#endif
  for (size_t at = 0; at < bytes; at += kPage) *static_cast<volatile std::byte*>(memory + at) = {};
}

}  // namespace

size_t default_memory_limit() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page = sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page <= 0) return SIZE_MAX;
  return static_cast<size_t>(pages) * static_cast<size_t>(page) / 4 * 3;
}

void check_memory(size_t bytes, size_t limit) {
  check(bytes <= limit, "would allocate ", bytes, " bytes, limit ", limit);
}

std::shared_ptr<std::byte> allocate_arena(size_t bytes) {
  if (bytes < kHugePage) {
    const size_t rounded = (bytes / kAlignment + 1) * kAlignment;
    auto* memory = static_cast<std::byte*>(std::aligned_alloc(kAlignment, rounded));
    check(memory != nullptr, "out of memory: ", bytes, " bytes for the arena");
    return {memory, std::free};
  }
  // One page more, so that the arena can begin at a multiple of the page size.
  const size_t mapped = (bytes + 2 * kHugePage - 1) / kHugePage * kHugePage;
  void* region = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  check(region != MAP_FAILED, "out of memory: ", bytes, " bytes for the arena");
  void* memory = region;
  size_t space = mapped;
  std::align(kHugePage, bytes, memory, space);
  madvise(memory, bytes, MADV_HUGEPAGE);
  touch_pages(static_cast<std::byte*>(memory), bytes);
  return {static_cast<std::byte*>(memory),
          [region, mapped](std::byte*) { munmap(region, mapped); }};
}

}  // namespace twingrad
