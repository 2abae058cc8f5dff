#include "ir/infer.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

OpRow comparison(std::string_view name, TypeSet types) {
  return {.name = name,
          .signature = "A:T, B:T -> C:bool",
          .types = {{"T", types}},
          .op_class = OpClass::kElementwise,
          .infer = infer_broadcast};
}

OpRow connective(std::string_view name) {
  return {.name = name,
          .signature = "A:bool, B:bool -> C:bool",
          .types = {},
          .op_class = OpClass::kElementwise,
          .infer = infer_broadcast};
}

OpRow test(std::string_view name, TypeSet types, std::vector<AttributeDef> attributes = {}) {
  return {.name = name,
          .signature = "X:T -> Y:bool",
          .types = {{"T", types}},
          .attributes = std::move(attributes),
          .op_class = OpClass::kElementwise,
          .infer = infer_same_as_first};
}

}  // namespace

std::vector<OpRow> logic_ops() {
  const TypeSet eight_bits = {DataType::kFloat8E4M3FN, DataType::kFloat8E4M3FNUZ,
                              DataType::kFloat8E5M2, DataType::kFloat8E5M2FNUZ};
  return {
      comparison("Equal", kNumericTypes | kBoolType | kStringType),
      comparison("Greater", kNumericTypes),
      comparison("GreaterOrEqual", kNumericTypes),
      comparison("Less", kNumericTypes),
      comparison("LessOrEqual", kNumericTypes),
      connective("And"),
      connective("Or"),
      connective("Xor"),
      {.name = "Not",
       .signature = "X:bool -> Y:bool",
       .types = {},
       .op_class = OpClass::kElementwise,
       .infer = infer_same_as_first},
      test("IsNaN", kFloatTypes | eight_bits),
      test("IsInf", kFloatTypes | eight_bits,
           {defaulted("detect_negative", int64_t{1}), defaulted("detect_positive", int64_t{1})}),
      {.name = "Where",
       .signature = "condition:bool, X:T, Y:T -> output:T",
       .types = {{"T", kAllTypes}},
       .op_class = OpClass::kElementwise,
       .infer = infer_broadcast},
  };
}

}  // namespace twingrad
