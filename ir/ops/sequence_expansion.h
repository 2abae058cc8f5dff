#pragma once

#include <span>
#include <vector>

#include "ir/builder.h"

namespace twingrad {

// Expansions of operators on sequences and optionals into ONNX's. SequenceMap becomes a Loop; those
// of domain twingrad (ir/ops/nested_value.cpp), which the reverse sweep makes, become SequenceMap,
// If and Loop.
std::vector<ValueId> expand_sequence_map(Builder& builder, const Node& node,
                                         std::span<const ValueId> inputs);
std::vector<ValueId> expand_zeros_like(Builder& builder, const Node& node,
                                       std::span<const ValueId> inputs);
std::vector<ValueId> expand_accumulate(Builder& builder, const Node& node,
                                       std::span<const ValueId> inputs);
std::vector<ValueId> expand_sequence_join(Builder& builder, const Node& node,
                                          std::span<const ValueId> inputs);
std::vector<ValueId> expand_sequence_slice(Builder& builder, const Node& node,
                                           std::span<const ValueId> inputs);

}  // namespace twingrad
