#include "ir/expression.h"

#include <numeric>

#include "ir/error.h"

namespace twingrad {

const PartialShape& Expr::shape() const {
  const Type& held = type();
  if (!held.is_tensor() || !held.shape) {
    fail("the rank of ", quoted_name(builder_->graph().value(id_).name), " is not known");
  }
  return *held.shape;
}

Expr Expr::like(double value) const {
  return {*builder_, builder_->constant(Tensor::filled(element(), {}, value))};
}

Expr Expr::integers(std::span<const int64_t> values) const {
  const Shape shape{static_cast<int64_t>(values.size())};
  return {*builder_, builder_->constant(Tensor::of<int64_t>(shape, values))};
}

Expr Expr::apply(std::string_view op, std::initializer_list<Expr> more, Attributes attributes,
                 std::string_view domain) const {
  std::vector<ValueId> inputs{id_};
  for (const Expr& expr : more) inputs.push_back(expr.id());
  return {*builder_, builder_->emit_one(op, std::move(inputs), std::move(attributes), domain)};
}

Expr operator+(Expr a, Expr b) {
  return a.apply("Add", {b});
}
Expr operator-(Expr a, Expr b) {
  return a.apply("Sub", {b});
}
Expr operator*(Expr a, Expr b) {
  return a.apply("Mul", {b});
}
Expr operator/(Expr a, Expr b) {
  return a.apply("Div", {b});
}
Expr operator-(Expr a) {
  return a.apply("Neg");
}
Expr operator+(Expr a, double b) {
  return a + a.like(b);
}
Expr operator-(Expr a, double b) {
  return a - a.like(b);
}
Expr operator*(Expr a, double b) {
  return a * a.like(b);
}
Expr operator/(Expr a, double b) {
  return a / a.like(b);
}
Expr operator-(double a, Expr b) {
  return b.like(a) - b;
}
Expr operator>(Expr a, Expr b) {
  return a.apply("Greater", {b});
}
Expr operator<(Expr a, Expr b) {
  return a.apply("Less", {b});
}
Expr operator>=(Expr a, Expr b) {
  return a.apply("GreaterOrEqual", {b});
}
Expr operator<=(Expr a, Expr b) {
  return a.apply("LessOrEqual", {b});
}

Expr exp(Expr x) {
  return x.apply("Exp");
}
Expr log(Expr x) {
  return x.apply("Log");
}
Expr sqrt(Expr x) {
  return x.apply("Sqrt");
}
Expr reciprocal(Expr x) {
  return x.apply("Reciprocal");
}
Expr square(Expr x) {
  return x * x;
}
Expr pow(Expr x, Expr y) {
  return x.apply("Pow", {y});
}
Expr where(Expr condition, Expr a, Expr b) {
  return condition.apply("Where", {a, b});
}
Expr equal(Expr a, Expr b) {
  return a.apply("Equal", {b});
}
Expr logical_not(Expr a) {
  return a.apply("Not");
}

Expr cast(Expr x, DataType type) {
  if (x.element() == type) return x;
  return x.apply("Cast", {}, {{"to", static_cast<int64_t>(type)}});
}

Expr shape_of(Expr x) {
  if (x.type().is_static()) return x.integers(x.shape().shape().extents());
  return x.apply("Shape");
}

Expr reshape(Expr x, Expr shape) {
  return x.apply("Reshape", {shape}, {{"allowzero", int64_t{1}}});
}
Expr reshape(Expr x, std::span<const int64_t> shape) {
  return reshape(x, x.integers(shape));
}

Expr reshape_as(Expr x, Expr like) {
  if (x.type().is_static() && x.type() == like.type()) return x;
  return reshape(x, shape_of(like));
}

Expr expand_as(Expr x, Expr like) {
  const Type& have = x.type();
  const Type& want = like.type();
  bool same = have.shape && want.shape && have.shape->rank() == want.shape->rank();
  for (int64_t axis = 0; same && axis < have.shape->rank(); ++axis) {
    same = (*have.shape)[axis].same_as((*want.shape)[axis]);
  }
  return same ? x : x.apply("Expand", {shape_of(like)});
}

Expr transpose(Expr x, std::span<const int64_t> permutation) {
  return x.apply("Transpose", {},
                 {{"perm", std::vector<int64_t>(permutation.begin(), permutation.end())}});
}

Expr swap_last_two(Expr x) {
  std::vector<int64_t> permutation(static_cast<size_t>(x.rank()));
  std::iota(permutation.begin(), permutation.end(), 0);
  std::swap(permutation[permutation.size() - 1], permutation[permutation.size() - 2]);
  return transpose(x, permutation);
}

Expr unsqueeze(Expr x, std::span<const int64_t> axes) {
  return axes.empty() ? x : x.apply("Unsqueeze", {x.integers(axes)});
}
Expr squeeze(Expr x, std::span<const int64_t> axes) {
  return axes.empty() ? x : x.apply("Squeeze", {x.integers(axes)});
}

namespace {

Expr reduce(std::string_view op, Expr x, std::span<const int64_t> axes, bool keep_dims) {
  if (axes.empty()) return x;
  return x.apply(op, {x.integers(axes)}, {{"keepdims", int64_t{keep_dims}}});
}

}  // namespace

Expr reduce_sum(Expr x, std::span<const int64_t> axes, bool keep_dims) {
  return reduce("ReduceSum", x, axes, keep_dims);
}
Expr reduce_mean(Expr x, std::span<const int64_t> axes, bool keep_dims) {
  return reduce("ReduceMean", x, axes, keep_dims);
}

Expr concat(std::span<const Expr> parts, int64_t axis) {
  std::vector<ValueId> ids;
  for (const Expr& part : parts) ids.push_back(part.id());
  Builder& builder = parts.front().builder();
  return {builder, builder.emit_one("Concat", std::move(ids), {{"axis", axis}})};
}

Expr matmul(Expr a, Expr b) {
  return a.apply("MatMul", {b});
}

Expr slice(Expr x, int64_t axis, int64_t first, int64_t last) {
  return x.apply("Slice", {x.integers({first}), x.integers({last}), x.integers({axis})});
}

Expr gather(Expr x, Expr indices, int64_t axis) {
  return x.apply("Gather", {indices}, {{"axis", axis}});
}

namespace {

Expr filled_as(Expr x, double value) {
  return shape_of(x).apply("ConstantOfShape", {},
                           {{"value", Tensor::filled(x.element(), {1}, value)}});
}

}  // namespace

Expr zeros_as(Expr x) {
  if (!x.type().is_tensor()) return x.apply("ZerosLike", {}, {}, kInternalDomain);
  return filled_as(x, 0);
}
Expr ones_as(Expr x) {
  return filled_as(x, 1);
}

namespace {

// The same where only the values tell which axes were stretched: a shape is filled up with ones in
// front, and the axes along which it then differs are summed over.
Expr sum_to_computed(Expr x, Expr like) {
  const Expr from = x.apply("Shape");
  const Expr to = shape_of(like);
  const Expr missing = from.apply("Shape") - to.apply("Shape");
  const std::vector<Expr> parts = {
      missing.apply("ConstantOfShape", {}, {{"value", Tensor::of<int64_t>({1}, {1})}}), to};
  const int64_t front = 0;
  const Expr stretched = logical_not(equal(concat(parts, 0), from));
  const Expr axes = squeeze(stretched.apply("NonZero"), std::span(&front, 1));
  return reshape(x.apply("ReduceSum", {axes},
                         {{"keepdims", int64_t{0}}, {"noop_with_empty_axes", int64_t{1}}}),
                 to);
}

}  // namespace

Expr sum_of(Expr a, Expr b) {
  if (!a.type().is_tensor()) return a.apply("Accumulate", {b}, {}, kInternalDomain);
  return a + b;
}

Expr sum_to(Expr x, Expr like) {
  if (!x.type().shape || !like.type().shape) return sum_to_computed(x, like);
  // Copies: what is emitted below moves the types in the graph.
  const PartialShape from = x.shape();   // NOLINT(performance-unnecessary-copy-initialization)
  const PartialShape to = like.shape();  // NOLINT(performance-unnecessary-copy-initialization)
  const int64_t lead = from.rank() - to.rank();
  check(lead >= 0, "a gradient of shape ", from, " for a value of shape ", to);
  std::vector<int64_t> leading(static_cast<size_t>(lead));
  std::iota(leading.begin(), leading.end(), 0);
  std::vector<int64_t> kept;
  for (int64_t axis = 0; axis < to.rank(); ++axis) {
    const Dimension& wide = from[lead + axis];
    const Dimension& narrow = to[axis];
    if (wide.same_as(narrow) || wide.is(1)) continue;
    if (narrow.is(1)) {
      kept.push_back(axis);
    } else if (!narrow.known()) {
      return sum_to_computed(x, like);
    }
  }
  return reduce_sum(reduce_sum(x, leading, false), kept, true);
}

}  // namespace twingrad
