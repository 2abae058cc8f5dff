#pragma once

#include "importers/onnx/names.h"
#include "ir/builder.h"

namespace twingrad {

// Builds a graph of a file. What an upgrade adds gets names that do not occur in the file, and
// constants become Constant nodes, so that a written model reads back as the same graph.
class ImportBuilder final : public Builder {
 public:
  ImportBuilder(Graph& graph, Names& names) : Builder(graph), names_(names) {}

  std::vector<ValueId> emit(NodeSpec spec) override;
  ValueId constant(Tensor data) override;

 private:
  Names& names_;
};

}  // namespace twingrad
