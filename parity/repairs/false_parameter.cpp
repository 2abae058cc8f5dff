#include "parity/repairs/false_parameter.h"

#include <algorithm>
#include <map>
#include <set>

#include "ir/error.h"
#include "ir/roles.h"
#include "parity/repairs/origins.h"
#include "parity/repairs/torch_metadata.h"
#include "training/parameters.h"

namespace twingrad {
namespace {

// Parameters with a reader that tells which parameter of PyTorch they were.
std::set<ValueId> with_origin(const Graph& graph) {
  const Origins origins(graph);
  std::set<ValueId> found;
  for (const Reading& reading : parameter_readings(graph)) {
    if (origins.of(reading.node, reading.input)) found.insert(reading.parameter);
  }
  return found;
}

}  // namespace

std::vector<FalseParameter> false_parameters(const Graph& graph) {
  std::map<std::string, bool> trained;
  for (const TracedTensor& one : traced_tensors(graph)) {
    trained.emplace(one.name, one.kind == "PARAMETER");
  }
  if (trained.empty()) return {};
  const std::set<ValueId> known = with_origin(graph);
  const std::vector<ValueId> statistics = running_statistics(graph);
  std::vector<FalseParameter> found;
  for (const ValueId id : graph.initializers()) {
    const Value& value = graph.value(id);
    const bool statistic = std::ranges::find(statistics, id) != statistics.end();
    if (!is_parameter(graph, id) || is_declared_fixed(value) || statistic) continue;
    const auto traced = trained.find(value.name);
    if (traced != trained.end() && !traced->second) {
      found.push_back({id, kBufferRole, "is a buffer in PyTorch, which is not trained"});
    } else if (traced == trained.end() && is_made_up(value.name) && !known.contains(id)) {
      found.push_back({id, kConstantRole, "is a constant that the exporter computed"});
    }
  }
  return found;
}

Repaired without_false_parameters(const Graph& graph) {
  Repaired result{graph, {}, {}};
  for (const FalseParameter& one : false_parameters(graph)) {
    Value& value = result.graph.value(one.id);
    value.metadata.emplace_back(kRoleKey, one.role);
    result.done.push_back(quoted_name(value.name) + " is not trained: it is a " +
                          std::string(one.role));
  }
  return result;
}

}  // namespace twingrad
