#pragma once

#include <span>
#include <vector>

#include "ir/builder.h"

namespace twingrad {

// The gradients of Conv in ONNX operators, for export. Throw Error (unsupported) where the extents
// that their attributes depend on are not known.

// ConvTranspose, with the rows that the strides left over as output padding.
std::vector<ValueId> expand_conv_input_gradient(Builder& builder, const Node& node,
                                                std::span<const ValueId> inputs);
// A Conv of X with dY as its kernel, batch and channels exchanged, strides and dilations too.
std::vector<ValueId> expand_conv_weight_gradient(Builder& builder, const Node& node,
                                                 std::span<const ValueId> inputs);

}  // namespace twingrad
