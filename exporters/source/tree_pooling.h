#pragma once

#include <string_view>
#include <vector>

#include "exporters/source/tree_layers.h"

namespace twingrad {

// Pooling and resizing of the frameworks of tree_layers.h: MaxPool, AveragePool and Resize, which
// call helpers of one name.
std::vector<SourceRow> tree_pooling_rows();

// GlobalAveragePool and GlobalMaxPool by a framework's reduction: "jnp.mean".
Codes tree_global_pool(NodeWriter& node, std::string_view function);
// The window of a pooling node with the pads that ceil_mode means.
SlidingWindow pooling_window(const NodeWriter& node);
// A Pad in the two steps that it may be.
struct PadParts {
  Code x;        // the input without what negative pads take away
  Codes widths;  // what is added before and behind every axis, "(1, 1)"; empty where nothing is
};
PadParts pad_parts(const NodeWriter& node);

}  // namespace twingrad
