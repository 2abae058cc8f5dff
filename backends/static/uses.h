#pragma once

#include <vector>

#include "ir/graph.h"

namespace twingrad {

// Who reads the values of a graph. Nodes count as often as they name a value.
class Uses {
 public:
  explicit Uses(const Graph& graph)
      : readers_(graph.values().size()), outputs_(graph.values().size()) {
    for (size_t i = 0; i < graph.nodes().size(); ++i) {
      for (const ValueId id : graph.nodes()[i].inputs) {
        if (id != kNoValue) readers_[static_cast<size_t>(id)].push_back(static_cast<NodeId>(i));
      }
    }
    for (const ValueId id : graph.outputs()) outputs_[static_cast<size_t>(id)] = true;
  }

  const std::vector<NodeId>& readers(ValueId id) const { return readers_[static_cast<size_t>(id)]; }
  bool is_output(ValueId id) const { return outputs_[static_cast<size_t>(id)]; }

 private:
  std::vector<std::vector<NodeId>> readers_;
  std::vector<bool> outputs_;
};

}  // namespace twingrad
