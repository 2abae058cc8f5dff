#include "ir/builder.h"
#include "ir/error.h"
#include "ir/infer.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

// How many elements are asked for, as far as known.
Dimension wanted_count(const InferContext& context) {
  if (const PartialShape* shape = context.shape(1)) {
    check(shape->rank() <= 1, "K must have one element, its shape is ", *shape);
  }
  const auto contents = context.contents(1);
  if (!contents) return {};
  check(contents->rank() == 1, "K must have one element, it has ", contents->rank());
  return (*contents)[0];
}

void infer_top_k(InferContext& context) {
  const Dimension count = wanted_count(context);
  check(!count.known() || count.extent >= 0, "K must not be negative, found ", count.extent);
  const PartialShape* shape = context.shape(0);
  if (shape == nullptr) return;
  const int64_t axis = normalized_axis(context.attributes().integer("axis"), shape->rank());
  const Dimension& extent = (*shape)[axis];
  check(!count.known() || !extent.known() || count.extent <= extent.extent, "K is ", count.extent,
        " for a dimension of ", extent.extent);
  PartialShape result = *shape;
  result[axis] = count;
  for (size_t k = 0; k < context.output_count(); ++k) context.set_shape(k, result);
}

// The elements that ONNX chooses: they are others where elements are equal, of equal value.
std::vector<ValueId> expand_top_k_positions(Builder& builder, const Node& node,
                                            std::span<const ValueId> inputs) {
  NodeSpec spec;
  spec.op = "TopK";
  spec.inputs = {inputs.begin(), inputs.end()};
  spec.attributes = node.attributes;
  spec.output_count = 2;
  spec.outputs = {std::nullopt, ""};
  return {builder.emit(std::move(spec))[1]};
}

void infer_unique(InferContext& context) {
  const PartialShape* shape = context.shape(0);
  for (size_t k = 1; k < context.output_count(); ++k) context.set_shape(k, {Dimension()});
  if (!context.attributes().has("axis")) {
    context.set_shape(0, {Dimension()});
    if (shape != nullptr && context.output_count() > 2) {
      context.set_shape(2, {product_of(*shape, 0, shape->rank())});
    }
    return;
  }
  if (shape == nullptr) return;
  const int64_t axis = normalized_axis(context.attributes().integer("axis"), shape->rank());
  if (context.output_count() > 2) context.set_shape(2, {(*shape)[axis]});
  PartialShape result = *shape;
  result[axis] = Dimension();
  context.set_shape(0, std::move(result));
}

}  // namespace

std::vector<OpRow> order_ops() {
  return {
      {.name = "TopK",
       .signature = "X:T, K:int64 -> Values:T, Indices:int64",
       .types = {{"T", kNumericTypes}},
       .attributes = {defaulted("axis", int64_t{-1}), defaulted("largest", int64_t{1}),
                      defaulted("sorted", int64_t{1})},
       .op_class = OpClass::kMovement,
       .infer = infer_top_k},
      // Where PyTorch finds the elements that TopK gives: of equal ones it takes others.
      {.name = "TopKPositions",
       .signature = "X:T, K:int64 -> Indices:int64",
       .types = {{"T", kNumericTypes}},
       .attributes = {defaulted("axis", int64_t{-1}), defaulted("largest", int64_t{1})},
       .op_class = OpClass::kMovement,
       .infer = infer_top_k,
       .expand = expand_top_k_positions,
       .domain = kInternalDomain},
      {.name = "Unique",
       .signature = "X:T -> Y:T, indices:int64?, inverse_indices:int64?, counts:int64?",
       .types = {{"T", kClassicTypes}},
       .attributes = {optional("axis", AttributeType::kInt), defaulted("sorted", int64_t{1})},
       .op_class = OpClass::kMovement,
       .infer = infer_unique},
  };
}

}  // namespace twingrad
