#pragma once

#include <array>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "importers/pt2/call.h"

namespace twingrad::aten {

// What rows of several families are written with.

// The shape of all elements in a line.
inline constexpr std::array kLine = {int64_t{-1}};

// The argument `self`.
Expr self(const AtenCall& call);
Expr integer_scalar(Builder& builder, int64_t value);
Expr integer_vector(Builder& builder, std::span<const int64_t> values);
// A scalar as a vector of one element.
Expr as_vector(Expr scalar);
// One extent as an int64 scalar; a constant where it is known.
Expr extent_along(Expr x, int64_t axis);
// The number of elements along some axes, as a scalar of `type`.
Expr count_along(Expr x, std::span<const int64_t> axes, DataType type);
// Every element of the shape is `value`.
Expr filled(Expr shape, DataType type, double value);

// The value, through which no gradient flows.
Expr stop_gradient(Expr x);

Expr swapped_axes(Expr x, int64_t a, int64_t b);
Expr moved_axis(Expr x, int64_t from, int64_t to);
Expr expand_to(Expr x, Expr shape);
std::vector<int64_t> all_axes(int64_t rank);
// The argument's axes, from 0 and in order; all of them where it is None or empty.
std::vector<int64_t> axes_of(const AtenCall& call, std::string_view name, int64_t rank);
int64_t axis_of(const AtenCall& call, std::string_view name, int64_t rank);

// A negative index counted from the end of the axis.
Expr wrapped_index(Expr index, Expr base, int64_t axis);
// `start` and `end` of a slice of `base`, inside of it.
Expr slice_start(const AtenCall& call, Expr base, int64_t axis);
Expr slice_end(const AtenCall& call, Expr base, int64_t axis);
// `base` with `part` at [start, end) of the axis.
Expr scattered_slice(Expr base, Expr part, int64_t axis, Expr start, Expr end, int64_t step);

// The type in which PyTorch computes with these arguments, tensors or numbers.
DataType promoted_type(const AtenCall& call, std::initializer_list<std::string_view> names);

// Whether an attribute, which ONNX holds as a float, keeps the number for elements of the type.
bool fits_attribute(double value, DataType type);

Expr sum_all(Expr x);
// A loss as the argument `reduction` says: 0 none, 1 mean, 2 sum.
Expr reduced(const AtenCall& call, Expr loss);
Expr log1p(Expr x);
Expr softmax(Expr x, int64_t axis);
// With the elements dropped that a mask of training says.
Expr dropped(Expr x, double probability);

}  // namespace twingrad::aten
