#pragma once

#include <initializer_list>
#include <span>

#include "ir/expression.h"

namespace twingrad {

// Shape arithmetic for expansions that must also hold where extents are not known beforehand:
// everything is an int64 vector on the builder, a constant as far as possible.

// The extent of one axis, which may be negative, as a vector of one element.
Expr extent_of(Expr x, int64_t axis);
// Those of the axes before `axis`.
Expr extents_before(Expr x, int64_t axis);
// The vectors one after the other.
Expr joined(std::initializer_list<Expr> parts);
// The elements times a number.
Expr multiple(Expr extents, int64_t factor);
// 0, 1, ..., count - 1, where `count` is a vector of one element.
Expr counted(Expr count);
// x padded at the end of its last axis by `value` to the extent `length`, a vector of one element.
Expr padded_last(Expr x, Expr length, double value);

// [B,S,heads*d] as [B,S,heads,d], and back.
Expr split_heads(Expr x, int64_t heads);
Expr merge_heads(Expr x);

}  // namespace twingrad
