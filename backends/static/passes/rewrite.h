#pragma once

#include <vector>

#include "ir/replay.h"

namespace twingrad {

// A graph that is being made from another one, value by value: it has the source's texts, inputs
// and data (of initializers and constants: those for which `wanted`, if given, is true), and `map`
// holds for every source value what stands for it.
struct Rewrite {
  explicit Rewrite(const Graph& source, const std::vector<bool>* wanted = nullptr);
  Rewrite(const Rewrite&) = delete;
  Rewrite& operator=(const Rewrite&) = delete;

  const Graph& source;
  Graph graph;
  Builder builder;
  ValueMap map;

  ValueId at(ValueId source_id) const { return map[static_cast<size_t>(source_id)]; }
  // Takes a node over as it is.
  void keep(const Node& node) { replay_node(source, node, builder, map); }
  // Puts `replacement` in the place of a source value. A result that has no name of its own yet
  // (its id is at least `first_new`) gets the source's.
  void replace(ValueId source_id, ValueId replacement, ValueId first_new);
  // The graph with its outputs; this is empty afterwards.
  Graph finish();
};

// The value of a constant, of a Constant node or of an initializer that is not floating-point; else
// nullptr. Float initializers are parameters: their values may change between runs.
const Tensor* fixed_value(const Graph& graph, ValueId id);

}  // namespace twingrad
