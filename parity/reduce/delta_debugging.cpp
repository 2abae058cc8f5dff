#include "parity/reduce/delta_debugging.h"

#include <algorithm>

namespace twingrad {
namespace {

using Items = std::vector<size_t>;

// The items cut into `count` runs of nearly equal length.
std::vector<Items> runs_of(const Items& items, size_t count) {
  std::vector<Items> runs;
  for (size_t i = 0; i < count; ++i) {
    const auto begin = static_cast<ptrdiff_t>(i * items.size() / count);
    const auto end = static_cast<ptrdiff_t>((i + 1) * items.size() / count);
    runs.emplace_back(items.begin() + begin, items.begin() + end);
  }
  return runs;
}

Items without(const Items& items, const Items& part) {
  Items rest;
  std::ranges::set_difference(items, part, std::back_inserter(rest));
  return rest;
}

}  // namespace

std::vector<size_t> smallest_failing(std::vector<size_t> items,
                                     const std::function<bool(const std::vector<size_t>&)>& fails) {
  std::ranges::sort(items);
  size_t count = 2;
  while (items.size() > 1) {
    const std::vector<Items> runs = runs_of(items, std::min(count, items.size()));
    const auto found = std::ranges::find_if(runs, fails);
    if (found != runs.end()) {
      items = *found;
      count = 2;
      continue;
    }
    // Of two runs the rest of one is the other.
    const auto spare =
        runs.size() == 2 ? runs.end() : std::ranges::find_if(runs, [&](const Items& run) {
          return fails(without(items, run));
        });
    if (spare != runs.end()) {
      items = without(items, *spare);
      count = std::max<size_t>(count - 1, 2);
    } else if (count >= items.size()) {
      break;
    } else {
      count = std::min(2 * count, items.size());
    }
  }
  return items;
}

}  // namespace twingrad
