#include "ir/error.h"
#include "ir/expression.h"
#include "ir/infer.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

// One column for every element that is not zero, one row for every axis. NumPy sees a scalar as one
// element, so it has one row, too.
void infer_non_zero(InferContext& context) {
  const PartialShape* shape = context.shape(0);
  const Dimension rows =
      shape == nullptr ? Dimension() : Dimension(std::max<int64_t>(shape->rank(), 1));
  context.set_shape(0, {rows, Dimension()});
}

// How many elements of a condition are true, where it is known.
Dimension true_count(const Tensor* condition) {
  if (condition == nullptr) return {};
  int64_t count = 0;
  for (const bool chosen : condition->values<bool>()) count += chosen ? 1 : 0;
  return count;
}

void check_condition(const Type& condition) {
  check(!condition.shape || condition.shape->rank() == 1,
        "the condition must be a vector, its type is ", condition);
}

void infer_compress(InferContext& context) {
  const PartialShape* shape = context.shape(0);
  check_condition(context.input(1));
  const Dimension chosen = true_count(context.data(1));
  if (!context.attributes().has("axis")) return context.set_shape(0, {chosen});
  if (shape == nullptr) return;
  PartialShape result = *shape;
  result[normalized_axis(context.attributes().integer("axis"), shape->rank())] = chosen;
  context.set_shape(0, std::move(result));
}

// The indices at which the condition is true, gathered.
std::vector<ValueId> expand_compress(Builder& builder, const Node& node,
                                     std::span<const ValueId> inputs) {
  const Expr x(builder, inputs[0]);
  check_condition(builder.type(inputs[1]));
  const int64_t flat = -1;
  const std::span<const int64_t> vector(&flat, 1);
  const Expr chosen = reshape(Expr(builder, inputs[1]).apply("NonZero"), vector);
  if (!node.attributes.has("axis")) return {gather(reshape(x, vector), chosen, 0).id()};
  return {gather(x, chosen, node.attributes.integer("axis")).id()};
}

// Throws Error unless the extents may be equal.
void check_extent(const Dimension& a, const Dimension& b, std::string_view what) {
  check(!a.known() || !b.known() || a.extent == b.extent, what, ": ", a.extent, " and ", b.extent);
}

// Rows of batch, class and box.
void infer_non_max_suppression(InferContext& context) {
  const PartialShape* boxes = context.shape(0);
  const PartialShape* scores = context.shape(1);
  if (boxes != nullptr) {
    check(boxes->rank() == 3, "boxes must be [batch, box, 4], their shape is ", *boxes);
    check_extent((*boxes)[2], 4, "coordinates of a box");
  }
  if (scores != nullptr) {
    check(scores->rank() == 3, "scores must be [batch, class, box], their shape is ", *scores);
  }
  if (boxes != nullptr && scores != nullptr) {
    check_extent((*boxes)[0], (*scores)[0], "batches of boxes and scores");
    check_extent((*boxes)[1], (*scores)[2], "numbers of boxes and scores");
  }
  for (size_t i = 2; i < context.input_count(); ++i) {
    const Tensor* value = context.data(i);
    check(value == nullptr || value->element_count() == 1, "input ", i,
          " must be a scalar, its shape is ", value == nullptr ? Shape() : value->shape());
  }
  context.set_shape(0, {Dimension(), Dimension(3)});
}

}  // namespace

std::vector<OpRow> selection_ops() {
  return {
      {.name = "NonZero",
       .signature = "X:T -> Y:int64",
       .types = {{"T", kClassicTypes}},
       .op_class = OpClass::kMovement,
       .infer = infer_non_zero},
      {.name = "Compress",
       .signature = "input:T, condition:T1 -> output:T",
       .types = {{"T", kClassicTypes}, {"T1", kBoolType}},
       .attributes = {optional("axis", AttributeType::kInt)},
       .op_class = OpClass::kMovement,
       .infer = infer_compress,
       .expand = expand_compress},
      {.name = "NonMaxSuppression",
       .signature = "boxes:float, scores:float, max_output_boxes_per_class:int64?, "
                    "iou_threshold:float?, score_threshold:float? -> selected_indices:int64",
       .types = {},
       .attributes = {defaulted("center_point_box", int64_t{0})},
       .infer = infer_non_max_suppression},
  };
}

}  // namespace twingrad
