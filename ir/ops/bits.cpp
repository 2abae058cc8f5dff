#include "ir/error.h"
#include "ir/infer.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

OpRow bitwise(std::string_view name) {
  return {.name = name,
          .signature = "A:T, B:T -> C:T",
          .types = {{"T", kIntegerTypes}},
          .op_class = OpClass::kElementwise,
          .infer = infer_broadcast};
}

void infer_bit_shift(InferContext& context) {
  const std::string& direction = context.attributes().text("direction");
  check(direction == "LEFT" || direction == "RIGHT",
        "attribute 'direction' must be LEFT or RIGHT, found ", quoted_name(direction));
  infer_broadcast(context);
}

void infer_bit_cast(InferContext& context) {
  const int64_t number = context.attributes().integer("to");
  const auto to = data_type_from_number(number);
  check(to.has_value(), "attribute 'to' is no element type: ", number);
  const TypeConstraint* targets = context.op().constraint("T2");
  check(targets->elements.contains(*to), "attribute 'to' must not be ", data_type_name(*to));
  const DataType from = context.input(0).element;
  check(stored_bits(from) == stored_bits(*to), "the ", stored_bits(from), " bits of a ",
        data_type_name(from), " are no ", data_type_name(*to), ", which has ", stored_bits(*to));
  context.set_element(0, *to);
  infer_same_as_first(context);
}

}  // namespace

std::vector<OpRow> bits_ops() {
  const TypeSet castable = kNumericTypes | kFloat8Types | kSubByteTypes | kComplexTypes | kBoolType;
  return {
      bitwise("BitwiseAnd"),
      bitwise("BitwiseOr"),
      bitwise("BitwiseXor"),
      {.name = "BitwiseNot",
       .signature = "X:T -> Y:T",
       .types = {{"T", kIntegerTypes}},
       .op_class = OpClass::kElementwise,
       .infer = infer_same_as_first},
      {.name = "BitShift",
       .signature = "X:T, Y:T -> Z:T",
       .types = {{"T", kIntegerTypes}},
       .attributes = {required("direction", AttributeType::kString)},
       .op_class = OpClass::kElementwise,
       .infer = infer_bit_shift},
      {.name = "BitCast",
       .signature = "input:T1 -> output:T2",
       .types = {{"T1", castable}, {"T2", castable}},
       .attributes = {required("to", AttributeType::kInt)},
       .op_class = OpClass::kElementwise,
       .infer = infer_bit_cast},
  };
}

}  // namespace twingrad
