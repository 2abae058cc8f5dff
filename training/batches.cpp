#include "training/batches.h"

#include <algorithm>

#include "ir/error.h"
#include "ir/random.h"

namespace twingrad {

std::vector<std::vector<int64_t>> batches(std::span<const int64_t> indices, int64_t epoch,
                                          const BatchOptions& options) {
  check(options.size > 0, "the batch size must be positive, got ", options.size);
  std::vector<int64_t> order(indices.begin(), indices.end());
  if (options.shuffle) shuffle(order, RandomStream(options.seed, static_cast<uint64_t>(epoch)));
  std::vector<std::vector<int64_t>> result;
  const auto size = static_cast<size_t>(options.size);
  for (size_t first = 0; first < order.size(); first += size) {
    const size_t count = std::min(size, order.size() - first);
    if (count < size && options.last == LastBatch::kDrop) break;
    const auto begin = order.begin() + static_cast<std::ptrdiff_t>(first);
    result.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(count));
  }
  check(!result.empty(), "no batch of ", options.size, " in ", order.size(), " examples");
  return result;
}

}  // namespace twingrad
