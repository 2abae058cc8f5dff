#include <numeric>

#include "ir/error.h"
#include "ir/expression.h"
#include "ir/infer.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

// The axis is the last input.
void infer_along_axis(InferContext& context) {
  const PartialShape* shape = context.shape(0);
  const Tensor* given = context.data(context.input_count() - 1);
  if (given != nullptr) {
    check(given->element_count() == 1, "the axis must be a scalar, its shape is ", given->shape());
    if (shape != nullptr) normalized_axis(as_int64(*given)[0], shape->rank());
  }
  infer_same_as_first(context);
}

void infer_recurrence(InferContext& context) {
  const PartialShape* a = context.shape(0);
  const PartialShape* b = context.shape(1);
  if (a != nullptr && b != nullptr) {
    bool fits = a->rank() == b->rank();
    for (int64_t axis = 0; fits && axis < a->rank(); ++axis) {
      const Dimension& left = (*a)[axis];
      const Dimension& right = (*b)[axis];
      fits = !left.known() || !right.known() || left.extent == right.extent;
    }
    check(fits, "factors of shape ", *a, " and summands of shape ", *b);
  }
  infer_along_axis(context);
}

// For runtimes without a kernel, by a table of all products, of n^2 elements for an axis of n: with
// W[i,k] = a[i+1] ... a[k] (0 below the diagonal), s is b W, or in reverse W b.
std::vector<ValueId> expand_recurrence(Builder& builder, const Node& node,
                                       std::span<const ValueId> inputs) {
  const Expr a(builder, inputs[0]);
  const Expr b(builder, inputs[1]);
  const Tensor* given = builder.known(inputs[2]);
  if (given == nullptr) fail_unsupported("the axis of a linear recurrence must be known");
  const int64_t rank = a.rank();
  const int64_t axis = normalized_axis(as_int64(*given)[0], rank);
  std::vector<int64_t> exchange(static_cast<size_t>(rank));
  std::iota(exchange.begin(), exchange.end(), 0);
  std::swap(exchange[static_cast<size_t>(axis)], exchange.back());
  const auto axis_last = [&](Expr x) { return axis == rank - 1 ? x : transpose(x, exchange); };
  const Expr factors = axis_last(a);
  const std::vector<int64_t> row = {rank - 1};
  const std::vector<int64_t> column = {rank};
  const Expr extent = slice(shape_of(factors), 0, rank - 1, rank);
  const std::vector<Expr> square_shape = {extent, extent};
  const Tensor yes = Tensor::of<bool>({1}, {true});
  const Expr above =
      concat(square_shape, 0)
          .apply("ConstantOfShape", {}, {{"value", yes}})
          .apply("Trilu", {Expr(builder, builder.constant(Tensor::scalar<int64_t>(1)))});
  const Expr steps = where(above, unsqueeze(factors, row), a.like(1));
  const Expr last(builder, builder.constant(Tensor::scalar<int64_t>(-1)));
  const Expr table = steps.apply("CumProd", {last}).apply("Trilu");
  const bool reverse = node.attributes.flag("reverse");
  const Expr summands = unsqueeze(axis_last(b), reverse ? column : row);
  const Expr sums = reverse ? matmul(table, summands) : matmul(summands, table);
  return {axis_last(squeeze(sums, reverse ? column : row)).id()};
}

OpRow cumulative_row(std::string_view name) {
  return {.name = name,
          .signature = "x:T, axis:T2 -> y:T",
          .types = {{"T", kWideNumbers}, {"T2", kIndexTypes}},
          .attributes = {defaulted("exclusive", int64_t{0}), defaulted("reverse", int64_t{0})},
          .infer = infer_along_axis};
}

}  // namespace

std::vector<OpRow> cumulative_ops() {
  return {
      cumulative_row("CumSum"),
      cumulative_row("CumProd"),
      // s[k] = b[k] + a[k] s[k-1] along the axis, s[0] = b[0]; in reverse s[k-1] = b[k-1] + a[k]
      // s[k]. Factor a[k] stands between k - 1 and k in both, so that each is the other's
      // transpose.
      {.name = "LinearRecurrence",
       .signature = "a:T, b:T, axis:T2 -> s:T",
       .types = {{"T", kFloatTypes}, {"T2", kIndexTypes}},
       .attributes = {defaulted("reverse", int64_t{0})},
       .infer = infer_recurrence,
       .expand = expand_recurrence,
       .domain = kInternalDomain},
  };
}

}  // namespace twingrad
