#include "surgery/batch.h"

#include <algorithm>
#include <set>

#include "backends/static/passes/tables.h"
#include "ir/error.h"
#include "surgery/batch_probe.h"
#include "surgery/input_types.h"

namespace twingrad {
namespace {

bool has_leading_extent(const Value& input) {
  return !input.data && input.type.is_tensor() && input.type.shape && input.type.shape->rank() > 0;
}

// Puts `replacement` in the place of every symbol of the set, and of leading extents as told.
void replace_in(Type& type, const std::set<std::string>& symbols, const Dimension& replacement) {
  if (!type.is_tensor() || !type.shape) return;
  for (int64_t axis = 0; axis < type.shape->rank(); ++axis) {
    Dimension& dim = (*type.shape)[axis];
    if (!dim.known() && symbols.contains(dim.symbol)) dim = replacement;
  }
}

// The first input's that has one; throws Error where none has.
Dimension batch_of(const Graph& graph) {
  for (const ValueId id : graph.inputs()) {
    if (has_leading_extent(graph.value(id))) return (*graph.value(id).type.shape)[0];
  }
  fail("no input has a leading extent");
}

void check_is_free(const Graph& graph, const std::string& name) {
  for (const ValueId id : graph.inputs()) {
    const Value& value = graph.value(id);
    if (!value.type.is_tensor() || !value.type.shape) continue;
    for (int64_t axis = 0; axis < value.type.shape->rank(); ++axis) {
      check((*value.type.shape)[axis].symbol != name, "input ", quoted_name(value.name), ' ',
            value.type, " has another dimension of that name");
    }
  }
}

// Shapes that were replaced are read by nobody.
Graph without_dead_nodes(const Graph& graph) {
  ThreadPool pool(1);
  return drop_dead_nodes(graph, {reference_backend(), pool});
}

bool is_batch(const Value& input, const Dimension& batch) {
  if (!has_leading_extent(input)) return false;
  const Dimension& leading = (*input.type.shape)[0];
  return leading == batch;
}

}  // namespace

Graph with_fixed_batch(const Graph& graph, int64_t extent) {
  std::vector<Type> types = input_types(graph);
  std::set<std::string> symbols;
  bool found = false;
  for (size_t i = 0; i < types.size(); ++i) {
    if (!has_leading_extent(graph.value(graph.inputs()[i]))) continue;
    Dimension& leading = (*types[i].shape)[0];
    if (leading.known()) continue;
    if (!leading.symbol.empty()) symbols.insert(leading.symbol);
    leading = Dimension(extent);
    found = true;
  }
  check(found, "no input has a leading extent that is open");
  for (Type& type : types) replace_in(type, symbols, Dimension(extent));
  return with_input_types(graph, types);
}

OpenBatch with_open_batch(const Graph& graph, const std::string& name) {
  const Dimension batch = batch_of(graph);
  if (!batch.same_as(Dimension(name))) check_is_free(graph, name);
  std::vector<Type> types = input_types(graph);
  std::vector<bool> batched(types.size());
  for (size_t i = 0; i < types.size(); ++i) {
    batched[i] = is_batch(graph.value(graph.inputs()[i]), batch);
    if (batched[i]) (*types[i].shape)[0] = Dimension(name);
    if (!batch.symbol.empty()) replace_in(types[i], {batch.symbol}, Dimension(name));
  }
  if (!batch.known()) return {with_input_types(graph, types), {}};
  OpenBatch result = with_number_opened(graph, types, batched, {name, batch.extent});
  if (!result.changes.empty()) result.graph = without_dead_nodes(result.graph);
  return result;
}

}  // namespace twingrad
