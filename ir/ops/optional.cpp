#include "ir/error.h"
#include "ir/infer.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

void check_content(const Type& type) {
  const bool fits = type.is_unknown() || type.is_tensor() ||
                    (type.is_sequence() && (type.item->is_tensor() || type.item->is_unknown()));
  check(fits, "an optional holds a tensor or a sequence of tensors, not ", type);
}

void infer_optional(InferContext& context) {
  const AttributeValue* given = context.attributes().find("type");
  check(given != nullptr || context.has_input(0), "has neither an input nor attribute 'type'");
  Type type = context.has_input(0) ? context.input(0) : Type();
  if (given != nullptr) {
    try {
      type = intersection_of(type, std::get<Type>(*given));
    } catch (const Error& error) {
      throw error.at("attribute 'type'");
    }
  }
  check_content(type);
  context.set_type(0, Type::optional(std::move(type)));
}

void infer_get_element(InferContext& context) {
  const Type& type = context.input(0);
  check_content(type.is_optional() ? *type.item : type);
  context.set_type(0, type.is_optional() ? *type.item : type);
}

void infer_has_element(InferContext& context) {
  if (context.has_input(0)) {
    const Type& type = context.input(0);
    check_content(type.is_optional() ? *type.item : type);
  }
  context.set_shape(0, PartialShape{});
}

}  // namespace

std::vector<OpRow> optional_ops() {
  return {
      {.name = "Optional",
       .signature = "input:any? -> output:any",
       .types = {},
       .attributes = {optional("type", AttributeType::kType)},
       .infer = infer_optional},
      {.name = "OptionalGetElement",
       .signature = "input:any -> output:any",
       .types = {},
       .infer = infer_get_element},
      {.name = "OptionalHasElement",
       .signature = "input:any? -> output:bool",
       .types = {},
       .infer = infer_has_element},
  };
}

}  // namespace twingrad
