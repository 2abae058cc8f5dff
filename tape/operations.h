#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "ir/attribute.h"
#include "tape/variable.h"

namespace twingrad {

// Operations on variables. All operands are on one tape, broadcasting is NumPy's, numbers take the
// element type of the variable beside them. Each throws Error where types or shapes do not fit.

// The first output of any operator of ONNX's newest version.
Variable apply(std::string_view op, std::initializer_list<Variable> inputs,
               Attributes attributes = {});
// All of the first `output_count`.
std::vector<Variable> apply_all(std::string_view op, std::initializer_list<Variable> inputs,
                                size_t output_count, Attributes attributes = {});

Variable operator+(const Variable& a, const Variable& b);
Variable operator-(const Variable& a, const Variable& b);
Variable operator*(const Variable& a, const Variable& b);
Variable operator/(const Variable& a, const Variable& b);
Variable operator+(const Variable& a, double b);
Variable operator-(const Variable& a, double b);
Variable operator*(const Variable& a, double b);
Variable operator/(const Variable& a, double b);
Variable operator+(double a, const Variable& b);
Variable operator-(double a, const Variable& b);
Variable operator*(double a, const Variable& b);
Variable operator/(double a, const Variable& b);
Variable operator-(const Variable& a);

// Bools, element by element.
Variable operator>(const Variable& a, const Variable& b);
Variable operator<(const Variable& a, const Variable& b);
Variable operator>=(const Variable& a, const Variable& b);
Variable operator<=(const Variable& a, const Variable& b);
Variable operator>(const Variable& a, double b);
Variable operator<(const Variable& a, double b);
Variable operator>=(const Variable& a, double b);
Variable operator<=(const Variable& a, double b);
Variable equal(const Variable& a, const Variable& b);

Variable exp(const Variable& x);
Variable log(const Variable& x);
Variable sqrt(const Variable& x);
Variable abs(const Variable& x);
Variable square(const Variable& x);
Variable relu(const Variable& x);
Variable tanh(const Variable& x);
Variable sigmoid(const Variable& x);
Variable softmax(const Variable& x, int64_t axis = -1);
Variable pow(const Variable& x, const Variable& y);
Variable pow(const Variable& x, double y);
// a where the condition (bool) holds, else b.
Variable where(const Variable& condition, const Variable& a, const Variable& b);
Variable cast(const Variable& x, DataType type);

// NumPy's matmul: 2-D, batched, or with vectors.
Variable matmul(const Variable& a, const Variable& b);
// Over all axes, to a scalar.
Variable sum(const Variable& x);
Variable mean(const Variable& x);
Variable sum(const Variable& x, std::initializer_list<int64_t> axes, bool keep_dims = false);
Variable mean(const Variable& x, std::initializer_list<int64_t> axes, bool keep_dims = false);

// One extent may be -1: what is left.
Variable reshape(const Variable& x, std::initializer_list<int64_t> shape);
Variable transpose(const Variable& x, std::initializer_list<int64_t> permutation);
// The axes in reverse order.
Variable transpose(const Variable& x);
Variable concat(std::initializer_list<Variable> parts, int64_t axis);

// Zeroes each element with probability `ratio` in [0, 1) and divides the others by 1 - ratio. The
// seed fixes the draw; the gradient uses the mask of the forward pass.
Variable dropout(const Variable& x, double ratio, int64_t seed);

}  // namespace twingrad
