#pragma once

#include <span>
#include <vector>

#include "ir/builder.h"

namespace twingrad {

std::vector<ValueId> expand_global_average_pool(Builder& builder, const Node& node,
                                                std::span<const ValueId> inputs);

// MaxPool's indices, and ScatterElements on the flat tensor.
std::vector<ValueId> expand_max_pool_gradient(Builder& builder, const Node& node,
                                              std::span<const ValueId> inputs);
// ConvTranspose of the shares with a kernel of ones, every channel an image of its own. Throws
// Error (unsupported) where the extents that its attributes depend on are not known.
std::vector<ValueId> expand_average_pool_gradient(Builder& builder, const Node& node,
                                                  std::span<const ValueId> inputs);

}  // namespace twingrad
