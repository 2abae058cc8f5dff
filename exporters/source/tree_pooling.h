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
// What a Pad adds in front of and behind every axis: ((0, 0), (0, 0), (1, 1), (1, 1)).
Code pad_widths(const NodeWriter& node);
// The same, an item for every axis.
Codes pad_widths_of_axes(const NodeWriter& node);

}  // namespace twingrad
