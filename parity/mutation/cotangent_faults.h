#pragma once

#include "ir/expression.h"

namespace twingrad {

// Faults of derivative rows: each gives what a wrong row of the node would have given in the place
// of `right` as the cotangent of input `input`, before broadcasting is undone; kNoValue: nothing.
using CotangentFault = ValueId (*)(Builder& builder, const Node& node, size_t input, Expr right);

// Of size and sign.
ValueId negated(Builder&, const Node&, size_t, Expr right);
ValueId doubled(Builder&, const Node&, size_t, Expr right);
ValueId halved(Builder&, const Node&, size_t, Expr right);
ValueId per_sample(Builder&, const Node&, size_t, Expr right);
ValueId thousandth_more(Builder&, const Node&, size_t, Expr right);
ValueId shifted_by_constant(Builder&, const Node&, size_t, Expr right);
ValueId absolute(Builder&, const Node&, size_t, Expr right);
ValueId clipped(Builder&, const Node&, size_t, Expr right);
ValueId rounded(Builder&, const Node&, size_t, Expr right);  // to bfloat16
// Of what is there at all.
ValueId zeroed(Builder&, const Node&, size_t, Expr right);
ValueId dropped(Builder&, const Node&, size_t, Expr right);
ValueId without_first_element(Builder&, const Node&, size_t, Expr right);
ValueId without_second_half(Builder&, const Node&, size_t, Expr right);  // of the last axis
ValueId not_a_number(Builder&, const Node&, size_t, Expr right);         // the last element
ValueId infinite(Builder&, const Node&, size_t, Expr right);             // the last element
ValueId unmasked(Builder&, const Node&, size_t, Expr right);  // zeros become like the others
// Of order.
ValueId transposed(Builder&, const Node&, size_t, Expr right);
ValueId reversed(Builder&, const Node&, size_t, Expr right);          // the last axis
ValueId rolled(Builder&, const Node&, size_t, Expr right);            // by one along the last axis
ValueId moved_by_a_pixel(Builder&, const Node&, size_t, Expr right);  // zeros come in
ValueId with_swapped_gates(Builder&, const Node&, size_t, Expr right);  // of four, axis 1
// Of sums that undo broadcasting.
ValueId first_for_sum(Builder&, const Node& node, size_t input, Expr right);
ValueId mean_for_sum(Builder&, const Node& node, size_t input, Expr right);
ValueId sum_over_wrong_axis(Builder&, const Node& node, size_t input, Expr right);
// Of formulas: the factor of the operator's own derivative is another one.
ValueId confused_factor(Builder&, const Node& node, size_t input, Expr right);
ValueId operand_left_out(Builder&, const Node& node, size_t input, Expr right);
ValueId operands_swapped(Builder&, const Node& node, size_t input, Expr right);
ValueId term_left_out(Builder&, const Node& node, size_t input, Expr right);

}  // namespace twingrad
