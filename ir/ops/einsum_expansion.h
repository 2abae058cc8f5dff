#pragma once

#include <span>
#include <vector>

#include "ir/builder.h"

namespace twingrad {

// Einsum as products of two operands from the left, each a MatMul over the labels that end there.
std::vector<ValueId> expand_einsum(Builder& builder, const Node& node,
                                   std::span<const ValueId> inputs);

}  // namespace twingrad
