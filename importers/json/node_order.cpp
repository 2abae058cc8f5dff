#include "importers/json/node_order.h"

#include <algorithm>
#include <cassert>
#include <functional>
#include <queue>

namespace twingrad {

std::vector<size_t> topological_order(const NodeSources& sources) {
  std::vector<size_t> missing(sources.size());
  std::vector<std::vector<size_t>> users(sources.size());
  std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready;
  for (size_t i = 0; i < sources.size(); ++i) {
    missing[i] = sources[i].size();
    for (const size_t source : sources[i]) users[source].push_back(i);
    if (missing[i] == 0) ready.push(i);
  }
  std::vector<size_t> order;
  order.reserve(sources.size());
  while (!ready.empty()) {
    const size_t node = ready.top();
    ready.pop();
    order.push_back(node);
    for (const size_t user : users[node]) {
      if (--missing[user] == 0) ready.push(user);
    }
  }
  return order;
}

std::vector<size_t> find_cycle(const NodeSources& sources) {
  std::vector<bool> done(sources.size());
  for (const size_t node : topological_order(sources)) done[node] = true;
  const auto first = std::ranges::find(done, false);
  assert(first != done.end());
  // Whatever is not done has a source that is not done: walk until one comes again.
  std::vector<size_t> path;
  std::vector<bool> seen(sources.size());
  auto node = static_cast<size_t>(first - done.begin());
  while (!seen[node]) {
    seen[node] = true;
    path.push_back(node);
    node = *std::ranges::find_if(sources[node], [&done](size_t i) { return !done[i]; });
  }
  path.erase(path.begin(), std::ranges::find(path, node));
  return path;
}

}  // namespace twingrad
