#include "backends/static/memory_plan.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace twingrad {
namespace {

constexpr size_t kMostForAllOrders = 8192;  // above, the quadratic time counts

size_t aligned(size_t bytes) {
  return (bytes + kBufferAlignment - 1) / kBufferAlignment * kBufferAlignment;
}

size_t most_alive(std::span<const Lifetime> lifetimes) {
  struct Change {
    int64_t step;
    size_t bytes;
    bool begins;
  };
  std::vector<Change> changes;
  for (const Lifetime& life : lifetimes) {
    changes.push_back({life.first, aligned(life.bytes), true});
    changes.push_back({life.last + 1, aligned(life.bytes), false});
  }
  std::ranges::sort(changes, {}, [](const Change& c) { return std::pair(c.step, c.begins); });
  size_t alive = 0;
  size_t most = 0;
  for (const Change& change : changes) {
    alive = change.begins ? alive + change.bytes : alive - change.bytes;
    most = std::max(most, alive);
  }
  return most;
}

struct Placed {
  size_t offset;
  size_t end;
  int64_t first;
  int64_t last;
};

MemoryPlan place_in_order(std::span<const Lifetime> lifetimes, std::span<const size_t> order) {
  MemoryPlan plan;
  plan.offsets.resize(lifetimes.size());
  std::vector<Placed> placed;  // by offset
  placed.reserve(lifetimes.size());
  for (const size_t i : order) {
    const Lifetime& life = lifetimes[i];
    const size_t bytes = aligned(life.bytes);
    size_t offset = 0;
    for (const Placed& other : placed) {
      if (other.offset >= offset + bytes) break;
      if (other.first <= life.last && life.first <= other.last) {
        offset = std::max(offset, other.end);
      }
    }
    plan.offsets[i] = offset;
    if (bytes == 0) continue;
    plan.bytes = std::max(plan.bytes, offset + bytes);
    const auto at = std::ranges::upper_bound(placed, offset, {}, &Placed::offset);
    placed.insert(at, {offset, offset + bytes, life.first, life.last});
  }
  return plan;
}

}  // namespace

MemoryPlan plan_memory(std::span<const Lifetime> lifetimes) {
  std::vector<size_t> order(lifetimes.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto by_size = [&](size_t i) {
    return std::tuple(~aligned(lifetimes[i].bytes), lifetimes[i].first, i);
  };
  const auto by_area = [&](size_t i) {
    const auto steps = static_cast<size_t>(lifetimes[i].last - lifetimes[i].first + 1);
    return std::tuple(~(aligned(lifetimes[i].bytes) * steps), lifetimes[i].first, i);
  };
  const auto by_length = [&](size_t i) {
    return std::tuple(lifetimes[i].first - lifetimes[i].last, ~aligned(lifetimes[i].bytes), i);
  };
  const auto by_time = [&](size_t i) {
    return std::tuple(lifetimes[i].first, ~aligned(lifetimes[i].bytes), i);
  };
  const size_t lower_bound = most_alive(lifetimes);
  std::ranges::sort(order, {}, by_size);
  MemoryPlan best = place_in_order(lifetimes, order);
  const auto attempt = [&](auto key) {
    if (best.bytes == lower_bound || lifetimes.size() > kMostForAllOrders) return;
    std::ranges::sort(order, {}, key);
    MemoryPlan plan = place_in_order(lifetimes, order);
    if (plan.bytes < best.bytes) best = std::move(plan);
  };
  attempt(by_area);
  attempt(by_length);
  attempt(by_time);
  best.lower_bound = lower_bound;
  return best;
}

}  // namespace twingrad
