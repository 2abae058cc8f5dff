#include "ir/error.h"
#include "ir/expression.h"
#include "ir/infer.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

OpRow unary(std::string_view name, TypeSet types, std::vector<AttributeDef> attributes = {}) {
  return {.name = name,
          .signature = "X:T -> Y:T",
          .types = {{"T", types}},
          .attributes = std::move(attributes),
          .op_class = OpClass::kElementwise,
          .infer = infer_same_as_first};
}

// ONNX names the operand of some of them otherwise.
OpRow unary_of_input(std::string_view name, TypeSet types) {
  OpRow row = unary(name, types);
  row.signature = "input:T -> output:T";
  return row;
}

int64_t floored_remainder(int64_t x, int64_t y) {
  if (y == -1) return 0;  // the smallest number has no quotient
  const int64_t rest = x % y;
  return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest;
}

// One element of shape arithmetic: "2 * N" is unknown, "2 * 3" is 6.
Dimension combined(std::string_view op, const Dimension& x, const Dimension& y) {
  if (op == "Mul" && (x.is(1) || y.is(1))) return x.is(1) ? y : x;
  if (op == "Div" && y.is(1)) return x;
  if (!x.known() || !y.known()) return Dimension();
  if (op == "Div") return y.is(0) ? Dimension() : Dimension(x.extent / y.extent);
  if (op == "Mod") {
    return y.is(0) ? Dimension() : Dimension(floored_remainder(x.extent, y.extent));
  }
  int64_t value = 0;
  const bool wrapped = op == "Mul"   ? __builtin_mul_overflow(x.extent, y.extent, &value)
                       : op == "Add" ? __builtin_add_overflow(x.extent, y.extent, &value)
                                     : __builtin_sub_overflow(x.extent, y.extent, &value);
  return wrapped ? Dimension() : Dimension(value);
}

// Integer shape arithmetic goes on what is known of the elements.
void infer_arithmetic(InferContext& context) {
  infer_broadcast(context);
  const auto a = context.contents(0);
  const auto b = context.contents(1);
  if (!a || !b || a->rank() == 0 || b->rank() == 0) return;
  const int64_t count = std::max(a->rank(), b->rank());
  if ((a->rank() != 1 && a->rank() != count) || (b->rank() != 1 && b->rank() != count)) return;
  PartialShape result;
  for (int64_t i = 0; i < count; ++i) {
    result.append(
        combined(context.op().name, (*a)[a->rank() == 1 ? 0 : i], (*b)[b->rank() == 1 ? 0 : i]));
  }
  context.set_contents(0, std::move(result));
}

void infer_negation(InferContext& context) {
  infer_same_as_first(context);
  const auto contents = context.contents(0);
  if (!contents) return;
  PartialShape result;
  for (const Dimension& dim : *contents) {
    const bool representable = dim.known() && dim.extent != std::numeric_limits<int64_t>::min();
    result.append(representable ? Dimension(-dim.extent) : Dimension());
  }
  context.set_contents(0, std::move(result));
}

OpRow binary(std::string_view name) {
  return {.name = name,
          .signature = "A:T, B:T -> C:T",
          .types = {{"T", kNumericTypes}},
          .op_class = OpClass::kElementwise,
          .infer = infer_arithmetic};
}

OpRow variadic(std::string_view name, std::string_view signature, TypeSet types,
               ExpandFunction expand) {
  return {.name = name,
          .signature = signature,
          .types = {{"T", types}},
          .op_class = OpClass::kElementwise,
          .infer = infer_broadcast,
          .expand = expand};
}

std::vector<ValueId> expand_sum(Builder& builder, const Node&, std::span<const ValueId> inputs) {
  Expr sum(builder, inputs[0]);
  for (const ValueId id : inputs.subspan(1)) sum = sum + Expr(builder, id);
  return {sum.id()};
}

std::vector<ValueId> expand_mean(Builder& builder, const Node& node,
                                 std::span<const ValueId> inputs) {
  const Expr sum(builder, expand_sum(builder, node, inputs)[0]);
  return {(sum / static_cast<double>(inputs.size())).id()};
}

void infer_mod(InferContext& context) {
  const int64_t fmod = context.attributes().integer("fmod");
  check(fmod == 0 || fmod == 1, "attribute 'fmod' must be 0 or 1, found ", fmod);
  fmod == 0 ? infer_arithmetic(context) : infer_broadcast(context);
}

}  // namespace

std::vector<OpRow> elementwise_ops() {
  const TypeSet signed_numbers = kFloatTypes | kSignedTypes;
  return {
      unary("Abs", kNumericTypes),
      {.name = "Neg",
       .signature = "X:T -> Y:T",
       .types = {{"T", signed_numbers}},
       .op_class = OpClass::kElementwise,
       .infer = infer_negation},
      unary_of_input("Sign", kNumericTypes),
      unary_of_input("Exp", kFloatTypes),
      unary_of_input("Log", kFloatTypes),
      unary("Sqrt", kFloatTypes),
      unary("Reciprocal", kFloatTypes),
      unary_of_input("Sin", kFloatTypes),
      unary_of_input("Cos", kFloatTypes),
      unary_of_input("Tanh", kFloatTypes),
      unary("Sigmoid", kFloatTypes),
      unary_of_input("Erf", kNumericTypes),
      unary("Relu", signed_numbers),
      unary("Softplus", kFloatTypes),
      unary("Round", kFloatTypes),
      unary("Floor", kFloatTypes),
      unary("Ceil", kFloatTypes),
      unary("LeakyRelu", kFloatTypes, {defaulted("alpha", 0.01F)}),
      binary("Add"),
      binary("Sub"),
      binary("Mul"),
      binary("Div"),
      {.name = "Pow",
       .signature = "X:T, Y:T1 -> Z:T",
       .types = {{"T", kFloatTypes | kIndexTypes}, {"T1", kNumericTypes}},
       .op_class = OpClass::kElementwise,
       .infer = infer_broadcast},
      variadic("Max", "data_0:T* -> max:T", kNumericTypes, nullptr),
      variadic("Min", "data_0:T* -> min:T", kNumericTypes, nullptr),
      variadic("Sum", "data_0:T* -> sum:T", kFloatTypes, expand_sum),
      variadic("Mean", "data_0:T* -> mean:T", kFloatTypes, expand_mean),
      {.name = "Mod",
       .signature = "A:T, B:T -> C:T",
       .types = {{"T", kNumericTypes}},
       .attributes = {defaulted("fmod", int64_t{0})},
       .op_class = OpClass::kElementwise,
       .infer = infer_mod},
      {.name = "ReluGradient",
       .signature = "Y:T, dY:T -> dX:T",
       .types = {{"T", kFloatTypes}},
       .op_class = OpClass::kElementwise,
       .infer = infer_same_as_first,
       .expand =
           [](Builder& builder, const Node&, std::span<const ValueId> inputs) {
             const Expr y(builder, inputs[0]);
             const Expr dy(builder, inputs[1]);
             return std::vector<ValueId>{where(y > y.like(0), dy, dy.like(0)).id()};
           },
       .domain = kInternalDomain},
  };
}

}  // namespace twingrad
