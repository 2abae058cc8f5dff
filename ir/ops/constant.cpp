#include <cmath>

#include "ir/error.h"
#include "ir/infer.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

constexpr TypeSet kEyeTypes = kNumericTypes | kBoolType;

void infer_constant(InferContext& context) {
  const Tensor& value = context.attributes().tensor("value");
  context.set_type(0, Type::tensor(value.type(), PartialShape(value.shape())));
}

void infer_constant_of_shape(InferContext& context) {
  const Tensor& value = context.attributes().tensor("value");
  check(value.element_count() == 1, "attribute 'value' must have one element, its shape is ",
        value.shape());
  context.set_element(0, value.type());
  if (const auto extents = context.contents(0)) {
    for (const Dimension& dim : *extents) {
      check(!dim.known() || dim.extent >= 0, "negative dimension in shape ", *extents);
    }
    context.set_shape(0, *extents);
    const bool small =
        extents->rank() == 1 && (*extents)[0].known() && (*extents)[0].extent <= kLargestContents;
    if (small && is_integer(value.type())) {
      const Dimension element(as_int64(value)[0]);
      context.set_contents(0, PartialShape(std::vector<Dimension>(
                                  static_cast<size_t>((*extents)[0].extent), element)));
    }
  } else if (const PartialShape* shape = context.shape(0); shape && (*shape)[0].known()) {
    context.set_shape(
        0, PartialShape(std::vector<Dimension>(static_cast<size_t>((*shape)[0].extent))));
  }
}

void infer_range(InferContext& context) {
  const Tensor* start = context.data(0);
  const Tensor* limit = context.data(1);
  const Tensor* delta = context.data(2);
  context.set_shape(0, PartialShape{Dimension()});
  if (start == nullptr || limit == nullptr || delta == nullptr) return;
  for (const Tensor* bound : {start, limit, delta}) {
    check(bound->element_count() == 1, "start, limit and delta must be scalars");
  }
  const double step = element_as_double(*delta, 0);
  check(step != 0 && !std::isnan(step), "delta must not be ", step);
  const double span = element_as_double(*limit, 0) - element_as_double(*start, 0);
  const double count = std::max(std::ceil(span / step), 0.0);
  check(count < 9e15, "a range of ", count, " elements is too large");
  context.set_shape(0, PartialShape{Dimension(static_cast<int64_t>(count))});
}

// Of the attribute's element type, else of the input's.
void infer_eye_like(InferContext& context) {
  const Attributes& attributes = context.attributes();
  if (attributes.has("dtype")) {
    const auto element = data_type_from_number(attributes.integer("dtype"));
    check(element && kEyeTypes.contains(*element),
          "attribute 'dtype' is no element type of T2: ", attributes.integer("dtype"));
    context.set_element(0, *element);
  } else {
    context.set_element(0, context.input(0).element);
  }
  const PartialShape* shape = context.shape(0);
  if (shape == nullptr) return;
  check(shape->rank() == 2, "the input must be a matrix, its shape is ", *shape);
  context.set_shape(0, *shape);
}

}  // namespace

std::vector<OpRow> constant_ops() {
  const TypeSet range_types =
      kFloatTypes | TypeSet{DataType::kInt16, DataType::kInt32, DataType::kInt64};
  return {
      {.name = "Constant",
       .signature = "-> output:T",
       .types = {{"T", kAllTypes}},
       .attributes = {required("value", AttributeType::kTensor)},
       .op_class = OpClass::kOther,
       .infer = infer_constant},
      {.name = "ConstantOfShape",
       .signature = "input:int64 -> output:T",
       .types = {{"T", kAllTypes}},
       .attributes = {defaulted("value", Tensor::of<float>({1}, {0.0F}))},
       .op_class = OpClass::kOther,
       .infer = infer_constant_of_shape},
      {.name = "Range",
       .signature = "start:T, limit:T, delta:T -> output:T",
       .types = {{"T", range_types}},
       .attributes = {defaulted("stash_type", int64_t{1})},
       .op_class = OpClass::kOther,
       .infer = infer_range},
      {.name = "EyeLike",
       .signature = "input:T1 -> output:T2",
       .types = {{"T1", kEyeTypes}, {"T2", kEyeTypes}},
       .attributes = {optional("dtype", AttributeType::kInt), defaulted("k", int64_t{0})},
       .op_class = OpClass::kOther,
       .infer = infer_eye_like},
  };
}

}  // namespace twingrad
