#pragma once

#include <optional>
#include <vector>

#include "ir/builder.h"

namespace twingrad {

// Faults of passes over the derived graph, that of forward and backward together. Each changes what
// is emitted for a node, or returns the values that stand in the place of its outputs.
using Replacement = std::optional<std::vector<ValueId>>;
using PassFault = Replacement (*)(Builder& builder, NodeSpec& spec);

Replacement swap_operands(Builder&, NodeSpec& spec);
Replacement swap_branches(Builder&, NodeSpec& spec);  // of Where
Replacement read_one_operand_twice(Builder&, NodeSpec& spec);
// The first input stands in the place of the output: a node is lost, an operand counts as neutral,
// a fused activation is forgotten.
Replacement drop_node(Builder&, NodeSpec& spec);
// The output is another node's, as after merging two that are not equal.
Replacement merge_with_neighbour(Builder& builder, NodeSpec& spec);
// The first operand is another value of its type, as in a buffer that was reused too early.
Replacement read_other_buffer(Builder& builder, NodeSpec& spec);
Replacement give_zeros(Builder& builder, NodeSpec& spec);
// A constant operand is a hundredth more, as if folded wrongly.
Replacement change_constant(Builder& builder, NodeSpec& spec);
Replacement multiply_for_divide(Builder&, NodeSpec& spec);
Replacement round_operands(Builder& builder, NodeSpec& spec);  // to bfloat16
Replacement take_other_axis(Builder& builder, NodeSpec& spec);
Replacement move_window(Builder&, NodeSpec& spec);  // by one

}  // namespace twingrad
