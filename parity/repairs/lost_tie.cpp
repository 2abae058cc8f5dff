#include "parity/repairs/lost_tie.h"

#include <map>

#include "ir/error.h"
#include "parity/repairs/origins.h"

namespace twingrad {
namespace {

bool is_matrix(const Graph& graph, ValueId id) {
  return is_parameter(graph, id) && graph.value(id).data->rank() == 2;
}

// The parameter with a name whose transpose `copy` is; else kNoValue.
ValueId original_of(const Graph& graph, ValueId copy) {
  const Tensor& data = *graph.value(copy).data;
  if (is_uniform(data)) return kNoValue;
  Tensor wanted;
  for (const ValueId id : graph.initializers()) {
    if (id == copy || !is_matrix(graph, id) || is_made_up(graph.value(id).name)) continue;
    const Tensor& other = *graph.value(id).data;
    const bool fits = other.type() == data.type() && other.shape()[0] == data.shape()[1] &&
                      other.shape()[1] == data.shape()[0];
    if (!fits) continue;
    if (!wanted.defined()) wanted = transposed_matrix(data);
    if (identical(other, wanted)) return id;
  }
  return kNoValue;
}

}  // namespace

Plan lost_tie_plan(const Graph& graph) {
  const Origins origins(graph);
  Plan plan;
  std::map<ValueId, ValueId> originals;
  for (const Reading& reading : parameter_readings(graph)) {
    const Value& copy = graph.value(reading.parameter);
    if (!is_made_up(copy.name) || !is_matrix(graph, reading.parameter)) continue;
    const auto [known, fresh] = originals.try_emplace(reading.parameter, kNoValue);
    if (fresh) known->second = original_of(graph, reading.parameter);
    if (known->second == kNoValue) continue;
    const std::string& original = graph.value(known->second).name;
    const auto origin = origins.of(reading.node, reading.input);
    if (origin && origin->name != original &&
        (origin->certain || differ_in_numbers_only(origin->name, original))) {
      continue;
    }
    plan.rewirings.push_back({reading.node, reading.input, original, true});
    if (!fresh) continue;
    plan.deeds.push_back({reading.node,
                          quoted_name(copy.name) + " is a transposed copy of " +
                              quoted_name(original) + ", with which it was one parameter",
                          quoted_name(original) + " is read in the place of its transposed copy " +
                              quoted_name(copy.name)});
  }
  return plan;
}

}  // namespace twingrad
