#include "backends/static/passes/rewrite.h"
#include "backends/static/passes/tables.h"
#include "ir/graph_queries.h"

namespace twingrad {

Graph drop_dead_nodes(const Graph& graph, const PassContext&) {
  const std::vector<bool> needed = needed_nodes(graph);
  std::vector<bool> used(graph.values().size(), false);
  const auto use = [&used](ValueId id) {
    if (id != kNoValue) used[static_cast<size_t>(id)] = true;
  };
  for (const ValueId id : graph.outputs()) use(id);
  for (size_t i = 0; i < needed.size(); ++i) {
    if (!needed[i]) continue;
    for (const ValueId id : graph.nodes()[i].inputs) use(id);
  }
  Rewrite rewrite(graph, &used);
  for (size_t i = 0; i < needed.size(); ++i) {
    if (needed[i]) rewrite.keep(graph.nodes()[i]);
  }
  return rewrite.finish();
}

}  // namespace twingrad
