#include "ir/error.h"
#include "ir/expression.h"
#include "ir/infer.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

void set_target(InferContext& context, DataType to) {
  const std::string& mode = context.attributes().text("round_mode");
  check(mode == "up" || mode == "down" || mode == "nearest",
        "attribute 'round_mode' must be up, down or nearest, found ", quoted_name(mode));
  context.set_element(0, to);
  infer_same_as_first(context);
  const auto contents = context.contents(0);
  if (!contents) return;
  if (is_integer(to)) context.set_contents(0, *contents);
  if (to != DataType::kBool) return;
  PartialShape truths;
  for (const Dimension& dim : *contents) {
    truths.append(dim.known() ? Dimension(dim.is(0) ? 0 : 1) : Dimension());
  }
  context.set_contents(0, std::move(truths));
}

void infer_cast(InferContext& context) {
  const int64_t number = context.attributes().integer("to");
  const auto to = data_type_from_number(number);
  check(to.has_value(), "attribute 'to' is no element type: ", number);
  check(context.op().constraint("T2")->elements.contains(*to), "attribute 'to' must not be ",
        data_type_name(*to));
  set_target(context, *to);
}

void infer_cast_like(InferContext& context) {
  set_target(context, context.input(1).element);
}

std::vector<ValueId> expand_cast_like(Builder& builder, const Node& node,
                                      std::span<const ValueId> inputs) {
  Attributes attributes = node.attributes;
  attributes.set("to", static_cast<int64_t>(builder.type(inputs[1]).element));
  return {builder.emit_one("Cast", {inputs[0]}, std::move(attributes))};
}

}  // namespace

std::vector<OpRow> cast_ops() {
  const TypeSet like = kNumericTypes | kFloat8Types | kSubByteTypes | kBoolType | kStringType;
  const TypeSet types = like | kFloat6Types;
  return {
      {.name = "Cast",
       .signature = "input:T1 -> output:T2",
       .types = {{"T1", types}, {"T2", types}},
       .attributes = {defaulted("round_mode", std::string("up")), defaulted("saturate", int64_t{1}),
                      required("to", AttributeType::kInt)},
       .op_class = OpClass::kElementwise,
       .infer = infer_cast},
      {.name = "CastLike",
       .signature = "input:T1, target_type:T2 -> output:T2",
       .types = {{"T1", like}, {"T2", like}},
       .attributes = {defaulted("round_mode", std::string("up")),
                      defaulted("saturate", int64_t{1})},
       .infer = infer_cast_like,
       .expand = expand_cast_like},
  };
}

}  // namespace twingrad
