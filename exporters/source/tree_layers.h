#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "exporters/source/framework.h"
#include "ir/sliding_window.h"

namespace twingrad {

// Layers of the frameworks whose code is functions over trees of parameters (JAX, TensorFlow):
// calls of helpers of one name in both, whose texts each framework has (conv, batch_norm, lstm,
// ...).

// Add, Conv, LayerNormalization and the recurrent layers, which are the same in all.
std::vector<SourceRow> tree_layer_rows();

// The others, with what a framework writes its own way: the transpose of a matrix; what the pads of
// a transposed convolution with `extra` extents at the ends mean to its helper; the flag that says
// whether the model trains, and parameters that no layer owns; the flags and keys of a draw.
Codes tree_matmul(NodeWriter& node);
Codes tree_gemm(NodeWriter& node, Code (*transposed)(const Code& matrix));
Codes tree_conv_transpose(NodeWriter& node,
                          void (*adapt)(SlidingWindow& window, std::span<const int64_t> extra));
Codes tree_batch_norm(NodeWriter& node, const Code& training, Codes (*loose)(NodeWriter& node));
Codes tree_dropout(NodeWriter& node, const Codes& flags);

}  // namespace twingrad
