#pragma once

#include <span>
#include <vector>

#include "ir/builder.h"

namespace twingrad {

// LinearAttention token by token, many of them by a Scan, in float, or in double where the queries
// are. CausalConvWithState as a Conv over the state and the input.
std::vector<ValueId> expand_linear_attention(Builder& builder, const Node& node,
                                             std::span<const ValueId> inputs);
std::vector<ValueId> expand_causal_convolution(Builder& builder, const Node& node,
                                               std::span<const ValueId> inputs);

}  // namespace twingrad
