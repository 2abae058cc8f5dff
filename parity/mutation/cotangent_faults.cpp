#include "parity/mutation/cotangent_faults.h"

#include <limits>
#include <map>

#include "ir/error.h"
#include "ir/graph_queries.h"

namespace twingrad {
namespace {

int64_t last_extent(Expr x) {
  return x.shape().shape()[x.rank() - 1];
}

// A constant like x: `first`, zeros or ones between, `last`.
Expr marked(Expr x, double first, double middle, double last) {
  Tensor tensor = Tensor::filled(x.element(), x.shape().shape(), middle);
  set_element(tensor, tensor.element_count() - 1, last);
  set_element(tensor, 0, first);
  return {x.builder(), x.builder().constant(std::move(tensor))};
}

// The elements of one axis in another order.
Expr reordered(Expr x, int64_t axis, const std::vector<int64_t>& order) {
  return gather(x, x.integers(order), axis);
}

Expr input_of(Builder& builder, const Node& node, size_t input) {
  return {builder, node.inputs[input]};
}

}  // namespace

ValueId negated(Builder&, const Node&, size_t, Expr right) {
  return (-right).id();
}

ValueId doubled(Builder&, const Node&, size_t, Expr right) {
  return (right * 2).id();
}

ValueId halved(Builder&, const Node&, size_t, Expr right) {
  return (right * 0.5).id();
}

ValueId per_sample(Builder&, const Node&, size_t, Expr right) {
  return (right / static_cast<double>(right.shape().shape()[0])).id();
}

ValueId thousandth_more(Builder&, const Node&, size_t, Expr right) {
  return (right * 1.001).id();
}

ValueId shifted_by_constant(Builder&, const Node&, size_t, Expr right) {
  return (right + 0.01).id();
}

ValueId absolute(Builder&, const Node&, size_t, Expr right) {
  return right.apply("Abs").id();
}

ValueId clipped(Builder&, const Node&, size_t, Expr right) {
  const Expr most = right.apply("Abs").apply("ReduceMax", {}, {{"keepdims", int64_t{0}}}) * 0.5;
  return right.apply("Min", {most}).apply("Max", {-most}).id();
}

ValueId rounded(Builder&, const Node&, size_t, Expr right) {
  return cast(cast(right, DataType::kBfloat16), right.element()).id();
}

ValueId zeroed(Builder&, const Node&, size_t, Expr right) {
  return zeros_as(right).id();
}

ValueId dropped(Builder&, const Node&, size_t, Expr) {
  return kNoValue;
}

ValueId without_first_element(Builder&, const Node&, size_t, Expr right) {
  return (right * marked(right, 0, 1, 1)).id();
}

ValueId without_second_half(Builder&, const Node&, size_t, Expr right) {
  const int64_t axis = right.rank() - 1;
  const int64_t middle = last_extent(right) / 2;
  const std::vector<Expr> halves = {slice(right, axis, 0, middle),
                                    zeros_as(slice(right, axis, middle, last_extent(right)))};
  return concat(halves, axis).id();
}

ValueId not_a_number(Builder&, const Node&, size_t, Expr right) {
  return (right * marked(right, 1, 1, std::numeric_limits<double>::quiet_NaN())).id();
}

ValueId infinite(Builder&, const Node&, size_t, Expr right) {
  return (right + marked(right, 0, 0, std::numeric_limits<double>::infinity())).id();
}

ValueId unmasked(Builder&, const Node&, size_t, Expr right) {
  const Expr size = right.apply("Abs").apply("ReduceMax", {}, {{"keepdims", int64_t{0}}});
  return where(equal(right, right.like(0)), size * 0.5, right).id();
}

ValueId transposed(Builder&, const Node&, size_t, Expr right) {
  return swap_last_two(right).id();
}

ValueId reversed(Builder&, const Node&, size_t, Expr right) {
  std::vector<int64_t> order;
  for (int64_t i = last_extent(right); i-- > 0;) order.push_back(i);
  return reordered(right, right.rank() - 1, order).id();
}

ValueId rolled(Builder&, const Node&, size_t, Expr right) {
  std::vector<int64_t> order;
  for (int64_t i = 1; i <= last_extent(right); ++i) order.push_back(i % last_extent(right));
  return reordered(right, right.rank() - 1, order).id();
}

ValueId moved_by_a_pixel(Builder&, const Node&, size_t, Expr right) {
  const int64_t axis = right.rank() - 1;
  const std::vector<Expr> parts = {zeros_as(slice(right, axis, 0, 1)),
                                   slice(right, axis, 0, last_extent(right) - 1)};
  return concat(parts, axis).id();
}

ValueId with_swapped_gates(Builder&, const Node&, size_t, Expr right) {
  const int64_t block = right.shape().shape()[1] / 4;
  std::vector<int64_t> order;
  for (const int64_t gate : {0, 2, 1, 3}) {
    for (int64_t i = 0; i < block; ++i) order.push_back(gate * block + i);
  }
  return reordered(right, 1, order).id();
}

ValueId first_for_sum(Builder& builder, const Node& node, size_t input, Expr right) {
  const Shape wanted = input_of(builder, node, input).shape().shape();
  while (right.rank() > wanted.rank()) right = squeeze(slice(right, 0, 0, 1), {{0}});
  for (int64_t axis = 0; axis < wanted.rank(); ++axis) {
    if (wanted[axis] == 1) right = slice(right, axis, 0, 1);
  }
  return right.id();
}

ValueId mean_for_sum(Builder& builder, const Node& node, size_t input, Expr right) {
  const Expr like = input_of(builder, node, input);
  const int64_t summed =
      right.shape().shape().element_count() / like.shape().shape().element_count();
  return (right / static_cast<double>(summed)).id();
}

ValueId sum_over_wrong_axis(Builder&, const Node&, size_t, Expr right) {
  return reduce_sum(right, {{right.rank() - 1}}, false).id();
}

ValueId confused_factor(Builder& builder, const Node& node, size_t input, Expr right) {
  const Expr x = input_of(builder, node, input);
  const Expr y(builder, node.outputs[0]);
  const std::string_view op = node.op->name;
  if (op == "Sigmoid") return (right / (1 - y)).id();              // y for y (1 - y)
  if (op == "Tanh") return (right / (y + 1)).id();                 // 1 - y for 1 - y^2
  if (op == "Softplus") return (right / x.apply("Sigmoid")).id();  // 1
  if (op == "Exp") return (right / y * x).id();                    // x for exp x
  if (op == "Log") return (right / x).id();                        // 1 / x^2 for 1 / x
  if (op == "Sqrt") return (right * y).id();                       // 1/2 for 1 / (2 y)
  if (op == "Sin") return (right / x.apply("Cos") * y).id();       // sin for cos
  if (op == "Erf") return (right * exp(square(x))).id();           // without the exponential
  if (op == "Pow") return (right * x).id();                        // p x^p for p x^(p - 1)
  if (op == "Reciprocal") return (right / y).id();                 // -y for -y^2
  if (op == "Div") return (right * x).id();                        // -a / b for -a / b^2
  fail("no factor of ", op, " is confused");
}

ValueId operand_left_out(Builder& builder, const Node& node, size_t input, Expr right) {
  return (right / input_of(builder, node, 1 - input)).id();
}

ValueId operands_swapped(Builder& builder, const Node& node, size_t input, Expr right) {
  return (right / input_of(builder, node, 1 - input) * input_of(builder, node, input)).id();
}

// Of Softmax and normalizations: what is subtracted so that the sum becomes zero.
ValueId term_left_out(Builder&, const Node&, size_t, Expr right) {
  return (right + reduce_mean(right.apply("Abs"), {{right.rank() - 1}}, true)).id();
}

}  // namespace twingrad
