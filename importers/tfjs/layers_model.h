#pragma once

#include "importers/json_text.h"
#include "importers/tfjs/weight_files.h"
#include "ir/graph.h"

namespace twingrad {

// The graph of a Keras topology (format "layers-model"), of Keras 2 or 3. A Sequential's input and
// output are called "input" and "output"; those of a functional model as their layers. Parameters
// have the names of the manifest. Throws Error; unsupported are layers without a row.
Graph read_layers_model(const JsonView& topology, const WeightFiles& weights);

}  // namespace twingrad
