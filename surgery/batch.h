#pragma once

#include <string>
#include <vector>

#include "ir/graph.h"

namespace twingrad {

// The same model for batches of `extent`: every leading extent of an input that is a symbol, or not
// known, is that number, and these symbols are wherever inputs have them. Throws Error where no
// input has such an extent, and for a batch that contradicts the model.
Graph with_fixed_batch(const Graph& graph, int64_t extent);

struct OpenBatch {
  Graph graph;
  // Reshape nodes whose shape had the batch as a number: "node 'view' [16,48] -> [-1,48]".
  std::vector<std::string> changes;
};

// The same model for batches of any size, which are called `name`: the batch is the leading extent
// of the first input that has one; inputs that begin with the same number, or symbol, begin with
// the name. A Reshape of what depends on the batch to a shape that begins with its number is
// changed so that it says the same without it. Whether the number stands elsewhere is found by
// inference with another one: throws Error that names the node where it does not fit, or, of an
// output that keeps the old number, the node that made it so.
OpenBatch with_open_batch(const Graph& graph, const std::string& name);

}  // namespace twingrad
