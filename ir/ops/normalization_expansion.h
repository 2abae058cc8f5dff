#pragma once

#include <span>
#include <vector>

#include "ir/builder.h"
#include "ir/expression.h"

namespace twingrad {

// BatchNormalizationInference, or BatchNormalizationTraining and the arithmetic of the running
// statistics: the old ones weigh `momentum`, the batch's (its variance divides by the number of
// elements) the rest.
std::vector<ValueId> expand_batch_normalization(Builder& builder, const Node& node,
                                                std::span<const ValueId> inputs);

// The rest are formulas in ONNX operators.
std::vector<ValueId> expand_batch_inference(Builder& builder, const Node& node,
                                            std::span<const ValueId> inputs);
std::vector<ValueId> expand_batch_training(Builder& builder, const Node& node,
                                           std::span<const ValueId> inputs);
std::vector<ValueId> expand_batch_gradient(Builder& builder, const Node& node,
                                           std::span<const ValueId> inputs);
std::vector<ValueId> expand_instance_normalization(Builder& builder, const Node& node,
                                                   std::span<const ValueId> inputs);
std::vector<ValueId> expand_layer_normalization(Builder& builder, const Node& node,
                                                std::span<const ValueId> inputs);
std::vector<ValueId> expand_group_normalization(Builder& builder, const Node& node,
                                                std::span<const ValueId> inputs);
std::vector<ValueId> expand_rms_normalization(Builder& builder, const Node& node,
                                              std::span<const ValueId> inputs);

// A vector over the channels (axis 1) in a shape that broadcasts against data of this rank.
Expr over_channels(Expr vector, int64_t rank);
// All axes but that of the channels.
std::vector<int64_t> axes_beside_channels(int64_t rank);

}  // namespace twingrad
