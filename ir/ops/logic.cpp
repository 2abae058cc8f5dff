#include <algorithm>

#include "ir/infer.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

// The outcome where it is known: of numbers, and of one dimension with itself.
Dimension outcome(std::string_view op, const Dimension& x, const Dimension& y) {
  const bool same = x.same_as(y);
  if (!same && (!x.known() || !y.known())) return {};
  const bool less = x.known() && x.extent < y.extent;
  if (op == "Equal") return same ? 1 : 0;
  if (op == "Less") return less ? 1 : 0;
  if (op == "LessOrEqual") return less || same ? 1 : 0;
  if (op == "Greater") return less || same ? 0 : 1;
  if (op == "GreaterOrEqual") return less ? 0 : 1;
  if (op == "Xor") return same ? 0 : 1;
  if (op == "And") return x.extent != 0 && y.extent != 0 ? 1 : 0;
  return x.extent != 0 || y.extent != 0 ? 1 : 0;
}

// Comparisons of shapes decide branches.
void infer_outcomes(InferContext& context) {
  infer_broadcast(context);
  const auto a = context.contents(0);
  const auto b = context.contents(1);
  if (!a || !b || a->rank() == 0 || b->rank() == 0) return;
  const int64_t count = std::max(a->rank(), b->rank());
  if ((a->rank() != 1 && a->rank() != count) || (b->rank() != 1 && b->rank() != count)) return;
  PartialShape result;
  for (int64_t i = 0; i < count; ++i) {
    result.append(
        outcome(context.op().name, (*a)[a->rank() == 1 ? 0 : i], (*b)[b->rank() == 1 ? 0 : i]));
  }
  context.set_contents(0, std::move(result));
}

void infer_not(InferContext& context) {
  infer_same_as_first(context);
  const auto contents = context.contents(0);
  if (!contents) return;
  PartialShape result;
  for (const Dimension& dim : *contents) {
    result.append(dim.known() ? Dimension(dim.is(0) ? 1 : 0) : Dimension());
  }
  context.set_contents(0, std::move(result));
}

OpRow comparison(std::string_view name, TypeSet types) {
  return {.name = name,
          .signature = "A:T, B:T -> C:bool",
          .types = {{"T", types}},
          .op_class = OpClass::kElementwise,
          .infer = infer_outcomes};
}

OpRow connective(std::string_view name) {
  return {.name = name,
          .signature = "A:bool, B:bool -> C:bool",
          .types = {},
          .op_class = OpClass::kElementwise,
          .infer = infer_outcomes};
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
       .infer = infer_not},
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
