#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "ir/builder.h"

namespace twingrad {

// A value on a builder, to write expansions and derivative rows as formulas. Every operation emits
// one node (or a few); both operands are on one builder. Broadcasting is NumPy's.
class Expr {
 public:
  Expr(Builder& builder, ValueId id) : builder_(&builder), id_(id) {}

  Builder& builder() const { return *builder_; }
  ValueId id() const { return id_; }
  const Type& type() const { return builder_->type(id_); }
  DataType element() const { return type().element; }
  // The shape as far as known; throws Error where the rank is not known.
  const PartialShape& shape() const;
  int64_t rank() const { return shape().rank(); }

  // A scalar constant of this value's element type.
  Expr like(double value) const;
  // A constant int64 vector on the same builder.
  Expr integers(std::span<const int64_t> values) const;
  Expr integers(std::initializer_list<int64_t> values) const {
    return integers(std::span<const int64_t>(values.begin(), values.size()));
  }
  // The first output of an operator whose first input is this value.
  Expr apply(std::string_view op, std::initializer_list<Expr> more = {}, Attributes attributes = {},
             std::string_view domain = {}) const;

 private:
  Builder* builder_;
  ValueId id_;
};

Expr operator+(Expr a, Expr b);
Expr operator-(Expr a, Expr b);
Expr operator*(Expr a, Expr b);
Expr operator/(Expr a, Expr b);
Expr operator-(Expr a);
Expr operator+(Expr a, double b);
Expr operator-(Expr a, double b);
Expr operator*(Expr a, double b);
Expr operator/(Expr a, double b);
Expr operator-(double a, Expr b);
Expr operator>(Expr a, Expr b);
Expr operator<(Expr a, Expr b);
Expr operator>=(Expr a, Expr b);
Expr operator<=(Expr a, Expr b);

Expr exp(Expr x);
Expr log(Expr x);
Expr sqrt(Expr x);
Expr reciprocal(Expr x);
Expr square(Expr x);
Expr pow(Expr x, Expr y);
Expr where(Expr condition, Expr a, Expr b);
Expr equal(Expr a, Expr b);
Expr logical_not(Expr a);
Expr cast(Expr x, DataType type);

// The shape as an int64 vector: a constant where it is known, else a Shape node.
Expr shape_of(Expr x);
Expr reshape(Expr x, Expr shape);
Expr reshape(Expr x, std::span<const int64_t> shape);
// Under the shape of `like`, of which x has the elements.
Expr reshape_as(Expr x, Expr like);
// Broadcast to the shape of `like`; x itself where it has that shape.
Expr expand_as(Expr x, Expr like);
Expr transpose(Expr x, std::span<const int64_t> permutation);
Expr swap_last_two(Expr x);
Expr unsqueeze(Expr x, std::span<const int64_t> axes);
Expr squeeze(Expr x, std::span<const int64_t> axes);
Expr reduce_sum(Expr x, std::span<const int64_t> axes, bool keep_dims);
Expr reduce_mean(Expr x, std::span<const int64_t> axes, bool keep_dims);
Expr concat(std::span<const Expr> parts, int64_t axis);
Expr matmul(Expr a, Expr b);
// Elements [first, last) along one axis.
Expr slice(Expr x, int64_t axis, int64_t first, int64_t last);
Expr gather(Expr x, Expr indices, int64_t axis);
// Zeros or ones of x's shape and element type. Zeros also of a sequence (as many items, each of its
// shape) and of an optional (empty where x is).
Expr zeros_as(Expr x);
Expr ones_as(Expr x);

// The sum of two values of equal type, shape and, for sequences and optionals, structure.
Expr sum_of(Expr a, Expr b);

// Undoes broadcasting: x summed over the axes along which `like`'s shape was stretched to x's.
// Where ranks or extents are not known, which axes these are is computed.
Expr sum_to(Expr x, Expr like);

}  // namespace twingrad
