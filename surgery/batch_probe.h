#pragma once

#include <string>
#include <vector>

#include "surgery/batch.h"

namespace twingrad {

struct BatchName {
  std::string name;
  int64_t extent;  // that it has in the graph as it is
};

// The graph for inputs of `types`, in which a symbol stands for what was a number; `batched` tells
// the inputs that begin with it. The half of with_open_batch that looks for the number in the
// nodes, and throws what it says.
OpenBatch with_number_opened(const Graph& graph, const std::vector<Type>& types,
                             const std::vector<bool>& batched, const BatchName& batch);

}  // namespace twingrad
