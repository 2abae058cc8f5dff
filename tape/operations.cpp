#include "tape/operations.h"

#include "ir/error.h"
#include "tape/tape_state.h"

namespace twingrad {
namespace {

TapeState& tape_of(std::span<const Variable> inputs) {
  for (const Variable& input : inputs) {
    if (input.defined()) return *input.cell()->tape;
  }
  fail("an operation needs an operand that holds something");
}

// A leaf on the tape of x.
Variable leaf_beside(const Variable& x, Tensor value) {
  return tape_of({&x, 1}).leaf(std::move(value), false);
}

Variable number_like(const Variable& x, double value) {
  return leaf_beside(x, Tensor::filled(x.type(), {}, value));
}

Variable integers_like(const Variable& x, std::span<const int64_t> values) {
  const Shape shape{static_cast<int64_t>(values.size())};
  return leaf_beside(x, Tensor::of<int64_t>(shape, values));
}

Variable reduce(std::string_view op, const Variable& x, std::initializer_list<int64_t> axes,
                bool keep_dims) {
  return apply(op, {x, integers_like(x, std::span(axes.begin(), axes.size()))},
               {{"keepdims", int64_t{keep_dims}}, {"noop_with_empty_axes", int64_t{1}}});
}

}  // namespace

Variable apply(std::string_view op, std::initializer_list<Variable> inputs, Attributes attributes) {
  return apply_all(op, inputs, 1, std::move(attributes)).front();
}

std::vector<Variable> apply_all(std::string_view op, std::initializer_list<Variable> inputs,
                                size_t output_count, Attributes attributes) {
  const std::span<const Variable> operands(inputs.begin(), inputs.size());
  return tape_of(operands).apply(op, operands, std::move(attributes), output_count);
}

Variable operator+(const Variable& a, const Variable& b) {
  return apply("Add", {a, b});
}
Variable operator-(const Variable& a, const Variable& b) {
  return apply("Sub", {a, b});
}
Variable operator*(const Variable& a, const Variable& b) {
  return apply("Mul", {a, b});
}
Variable operator/(const Variable& a, const Variable& b) {
  return apply("Div", {a, b});
}
Variable operator+(const Variable& a, double b) {
  return a + number_like(a, b);
}
Variable operator-(const Variable& a, double b) {
  return a - number_like(a, b);
}
Variable operator*(const Variable& a, double b) {
  return a * number_like(a, b);
}
Variable operator/(const Variable& a, double b) {
  return a / number_like(a, b);
}
Variable operator+(double a, const Variable& b) {
  return number_like(b, a) + b;
}
Variable operator-(double a, const Variable& b) {
  return number_like(b, a) - b;
}
Variable operator*(double a, const Variable& b) {
  return number_like(b, a) * b;
}
Variable operator/(double a, const Variable& b) {
  return number_like(b, a) / b;
}
Variable operator-(const Variable& a) {
  return apply("Neg", {a});
}

Variable operator>(const Variable& a, const Variable& b) {
  return apply("Greater", {a, b});
}
Variable operator<(const Variable& a, const Variable& b) {
  return apply("Less", {a, b});
}
Variable operator>=(const Variable& a, const Variable& b) {
  return apply("GreaterOrEqual", {a, b});
}
Variable operator<=(const Variable& a, const Variable& b) {
  return apply("LessOrEqual", {a, b});
}
Variable operator>(const Variable& a, double b) {
  return a > number_like(a, b);
}
Variable operator<(const Variable& a, double b) {
  return a < number_like(a, b);
}
Variable operator>=(const Variable& a, double b) {
  return a >= number_like(a, b);
}
Variable operator<=(const Variable& a, double b) {
  return a <= number_like(a, b);
}
Variable equal(const Variable& a, const Variable& b) {
  return apply("Equal", {a, b});
}

Variable exp(const Variable& x) {
  return apply("Exp", {x});
}
Variable log(const Variable& x) {
  return apply("Log", {x});
}
Variable sqrt(const Variable& x) {
  return apply("Sqrt", {x});
}
Variable abs(const Variable& x) {
  return apply("Abs", {x});
}
Variable square(const Variable& x) {
  return x * x;
}
Variable relu(const Variable& x) {
  return apply("Relu", {x});
}
Variable tanh(const Variable& x) {
  return apply("Tanh", {x});
}
Variable sigmoid(const Variable& x) {
  return apply("Sigmoid", {x});
}
Variable softmax(const Variable& x, int64_t axis) {
  return apply("Softmax", {x}, {{"axis", axis}});
}
Variable pow(const Variable& x, const Variable& y) {
  return apply("Pow", {x, y});
}
Variable pow(const Variable& x, double y) {
  return pow(x, number_like(x, y));
}
Variable where(const Variable& condition, const Variable& a, const Variable& b) {
  return apply("Where", {condition, a, b});
}
Variable cast(const Variable& x, DataType type) {
  return apply("Cast", {x}, {{"to", static_cast<int64_t>(type)}});
}

Variable matmul(const Variable& a, const Variable& b) {
  return apply("MatMul", {a, b});
}
Variable sum(const Variable& x) {
  return apply("ReduceSum", {x}, {{"keepdims", int64_t{0}}});
}
Variable mean(const Variable& x) {
  return apply("ReduceMean", {x}, {{"keepdims", int64_t{0}}});
}
Variable sum(const Variable& x, std::initializer_list<int64_t> axes, bool keep_dims) {
  return reduce("ReduceSum", x, axes, keep_dims);
}
Variable mean(const Variable& x, std::initializer_list<int64_t> axes, bool keep_dims) {
  return reduce("ReduceMean", x, axes, keep_dims);
}

Variable reshape(const Variable& x, std::initializer_list<int64_t> shape) {
  return apply("Reshape", {x, integers_like(x, std::span(shape.begin(), shape.size()))},
               {{"allowzero", int64_t{1}}});
}
Variable transpose(const Variable& x, std::initializer_list<int64_t> permutation) {
  return apply("Transpose", {x}, {{"perm", std::vector<int64_t>(permutation)}});
}
Variable transpose(const Variable& x) {
  return apply("Transpose", {x});
}
Variable concat(std::initializer_list<Variable> parts, int64_t axis) {
  return apply("Concat", parts, {{"axis", axis}});
}

Variable dropout(const Variable& x, double ratio, int64_t seed) {
  const Variable training = leaf_beside(x, Tensor::scalar(true));
  return apply("Dropout", {x, number_like(x, ratio), training}, {{"seed", seed}});
}

}  // namespace twingrad
