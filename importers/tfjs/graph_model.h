#pragma once

#include "importers/json_text.h"
#include "importers/tfjs/weight_files.h"
#include "ir/graph.h"

namespace twingrad {

// The graph of a document whose format is "graph-model". Inputs are called as their placeholders,
// outputs NODE:NUMBER. Throws Error; unsupported are operators on which the outputs depend and for
// which there is no row, and models with a graph that initializes them.
Graph read_graph_model(const JsonView& root, const WeightFiles& weights);

}  // namespace twingrad
